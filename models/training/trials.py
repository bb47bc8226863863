"""The same recipes over several seeds: what a tower and a loss are worth, not what one draw was."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from models import files
from models.errors import UsageError
from models.training.publish import BESIDE
from models.training.settings import Loss, Settings, usual_margin

_MOST_BYTES = 50_000_000


@dataclass(frozen=True, slots=True)
class Recipe:
    """What is trained."""

    tower: str
    loss: Loss

    @property
    def name(self) -> str:
        """As a table says it."""
        return f"{self.tower}, {self.loss}"


RECIPES = (
    Recipe("olivetti", "bce"),
    Recipe("contrastive", "contrastive"),
    Recipe("olivetti", "triplet"),
)


@dataclass(frozen=True, slots=True)
class Row:
    """Mean and standard deviation over seeds, shares in [0, 1]."""

    what: str
    seeds: int
    auc: float
    auc_spread: float
    one_shot: float
    one_shot_spread: float
    seconds: float | None
    """To train and measure, the longest; None for what is built in."""
    processor_seconds: float | None
    """Of a core, the most; None where no run tells it."""


def settings_of(recipe: Recipe, *, seed: int, epochs: int, patience: int) -> Settings:
    """One run of a recipe."""
    return Settings(
        name=f"trial-{recipe.tower}-{recipe.loss}-{seed}"[:32],
        tower=recipe.tower,
        loss=recipe.loss,
        margin=usual_margin(recipe.loss),
        epochs=epochs,
        patience=patience,
        seed=seed,
        triplets="random",
    )


def done(folder: Path, settings: Settings) -> dict[str, Any] | None:
    """What `run.json` in `folder` tells of a finished run of these settings, None without one."""
    try:
        told = json.loads(files.read_bounded(folder / "run.json", most=_MOST_BYTES))
    except (OSError, ValueError):
        return None
    return told if isinstance(told, dict) and told.get("settings") == settings.as_json() else None


def missing_beside(runs: Sequence[dict[str, Any]]) -> list[str]:
    """Those of the zoo's embedders that none of these runs of one seed was measured beside."""
    told = {name for run in runs for name in run["beside"]}
    return [name for name in BESIDE if name not in told]


def rows(runs: Mapping[Recipe, Sequence[dict[str, Any]]]) -> list[Row]:
    """A row a recipe, and one for each embedder that was measured on the same pairs.

    `runs` are the contents of `run.json`, one a seed. Raises UsageError where there is none.
    """
    made = []
    beside: dict[str, dict[int, Mapping[str, float]]] = {}
    for recipe, found in runs.items():
        measured = [one["measured"] for one in found]
        seconds, used = _longest(found, "seconds"), _longest(found, "processor_seconds")
        made.append(_row(recipe.name, measured, seconds, used))
        for one in found:
            for name, figures in one["beside"].items():
                beside.setdefault(name, {})[one["settings"]["seed"]] = figures
    return [*made, *(_row(name, list(by.values())) for name, by in beside.items())]


def as_json(found: Sequence[Row]) -> list[dict[str, Any]]:
    """Rows as JSON."""
    return [asdict(row) for row in found]


def _longest(runs: Sequence[dict[str, Any]], key: str) -> float | None:
    return max((float(one[key]) for one in runs if key in one), default=None)


def _row(
    what: str,
    measured: Sequence[Mapping[str, float]],
    seconds: float | None = None,
    used: float | None = None,
) -> Row:
    if not measured:
        raise UsageError(f"no run of {what} was measured")
    auc, one_shot = (np.array([one[key] for one in measured]) for key in ("auc", "one_shot"))
    return Row(
        what,
        len(measured),
        float(auc.mean()),
        float(auc.std()),
        float(one_shot.mean()),
        float(one_shot.std()),
        seconds,
        used,
    )
