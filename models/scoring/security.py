"""How sure an answer must be, as a false-accept rate. Standard library only."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from models.errors import UsageError

LEVELS: Mapping[str, float] = MappingProxyType(
    {"convenient": 1e-3, "standard": 1e-4, "strict": 1e-5}
)
"""False-accept rate of each level."""
CUSTOM = "custom"
"""What a rate or a threshold of one's own is called in outputs."""
LOWEST_RATE, HIGHEST_RATE = 1e-6, 1e-2
ATTEMPTS = 3
"""Of one visit: so many failed attempts the ledger allows before a stranger has to wait."""


@dataclass(frozen=True, slots=True)
class Level:
    """`far`, in (1e-6, 1e-2], is how often one visit of a stranger may be taken for somebody."""

    name: str
    far: float


STANDARD = Level("standard", LEVELS["standard"])


def parse_level(text: str) -> Level:
    """A level by name, or by rate such as "1e-4" in (1e-6, 1e-2]; raises UsageError."""
    if text in LEVELS:
        return Level(text, LEVELS[text])
    try:
        rate = float(text)
    except ValueError:
        rate = math.nan
    if not LOWEST_RATE < rate <= HIGHEST_RATE:
        raise UsageError(
            f"no security {text[:40]!r}",
            f"one of {', '.join(LEVELS)}, or a false-accept rate above {LOWEST_RATE:g} "
            f"and at most {HIGHEST_RATE:g}",
        )
    return Level(next((name for name, far in LEVELS.items() if far == rate), CUSTOM), rate)
