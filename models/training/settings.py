"""What one training run is told."""

import re
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from models.errors import UsageError
from models.networks.siamese import tower_named
from models.training.examples import TripletKind

Loss = Literal["bce", "contrastive", "triplet"]

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
_MARGINS: dict[Loss, float] = {"bce": 0.0, "contrastive": 1.0, "triplet": 0.2}


@dataclass(frozen=True, slots=True)
class Settings:
    """One run. Raises UsageError for values out of bounds."""

    name: str
    tower: str
    loss: Loss
    margin: float
    epochs: int = 100
    batch: int = 64
    """Pairs or triplets a step."""
    seed: int = 0
    rate: float = 1e-3
    """Of Adam."""
    patience: int = 25
    """Epochs without a better one after which training stops; 0 never stops early."""
    augment: bool = True
    opened: bool = False
    """The last block of a network of the zoo is trained too."""
    triplets: TripletKind = "semi-hard"

    def __post_init__(self) -> None:
        tower_named(self.tower)
        least, most = (-1.0, 1.0) if self.loss == "triplet" else (0.0, 2.0)
        _require(
            bool(NAME.fullmatch(self.name)), "name", self.name, "a-z, 0-9, - and _, at most 32"
        )
        _require(self.loss in get_args(Loss), "loss", self.loss, ", ".join(get_args(Loss)))
        _require(least <= self.margin <= most, "margin", self.margin, f"{least:g} to {most:g}")
        _require(1 <= self.epochs <= 10_000, "epochs", self.epochs, "1 to 10000")
        _require(2 <= self.batch <= 1024, "batch", self.batch, "2 to 1024")
        _require(0 < self.rate <= 0.1, "rate", self.rate, "above 0, at most 0.1")
        _require(0 <= self.patience <= 10_000, "patience", self.patience, "0 to 10000")
        _require(0 <= self.seed < 2**32, "seed", self.seed, "0 to 4294967295")

    def as_json(self) -> dict[str, Any]:
        """Every field."""
        return asdict(self)


def usual_margin(loss: Loss) -> float:
    """What is taken where no margin is given."""
    return _MARGINS[loss]


def _require(condition: bool, what: str, value: object, allowed: str) -> None:
    if not condition:
        raise UsageError(f"{what} cannot be {value!r}", f"allowed: {allowed}")
