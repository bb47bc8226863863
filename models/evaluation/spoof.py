"""Error rates of liveness after ISO/IEC 30107-3, from trials on labelled clips and pictures.

APCER is the share of attack presentations of one species that are called living, BPCER that of
living presentations that are called an attack. What is `unclear` is neither: it opens nothing
without a challenge, and is reported beside them.
"""

import csv
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from models.errors import UsageError
from models.evaluation.intervals import Interval, clopper_pearson
from models.liveness.fusion import Decision

LIVE = "live"
SPECIES = (LIVE, "print", "card", "phone", "tablet", "monitor", "frozen", "cut-out")
Which = Literal["largest", "smallest"]
_MOST_FILES = 100_000
_ENDINGS = {
    *(".mp4", ".mov", ".avi", ".mkv", ".webm"),
    *(".jpg", ".jpeg", ".png", ".bmp"),
}

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Presentation:
    """One file, a clip or a picture, and what is shown in it."""

    path: Path
    species: str
    """One of SPECIES."""
    person: str
    """Who is shown; a man and the picture of him are two."""
    face: Which = "largest"
    """Which face of each frame is meant."""
    enrolled: Path | None = None
    """The clip of the living person who is enrolled, where it is another."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One decision about one presentation."""

    presentation: Presentation
    start: float
    """Seconds into the file."""
    decision: Decision
    total: float
    """Of the log-likelihood ratios, larger for life."""
    by: tuple[str, ...]
    """The cues that spoke against life or withheld, the weightiest first, as `cue: reason`."""
    frames: int
    """Frames with the face in them."""
    cost_ms: float
    """Processor milliseconds that the cues took, for each of these frames."""
    let_in: float | None = None
    """Seconds after which an attempt would have let it in by looking alone; None: never."""

    @property
    def wrong(self) -> bool:
        """An attack called living, or a living face called an attack."""
        living = self.presentation.species == LIVE
        return self.decision == ("not live" if living else "live")


@dataclass(frozen=True, slots=True)
class Rate:
    """How one species fared. APCER, or BPCER where the species is `live`."""

    species: str
    trials: int
    wrong: int
    unclear: int
    let_in: int
    """Trials in which an attempt would have let it in at any time, by looking alone."""
    people: int
    people_wrong: int
    """People with at least one wrong trial: trials of one person are no independent ones."""
    interval: Interval
    """Of the share of such people, Clopper and Pearson, 95 %."""
    by: Mapping[str, int]
    """In how many trials each cue spoke first against life or withheld."""

    @property
    def share(self) -> float:
        """Of the trials, how many were wrong."""
        return self.wrong / self.trials


def read_presentations(source: Path, root: Path | None = None) -> list[Presentation]:
    """What there is to try: a folder SPECIES/PERSON/..., or a list of files.

    A list is CSV with the columns file, species, person and, if need be, face (`largest` or
    `smallest`) and enrolled, another file; files are relative to `root`, or else to the list's
    folder. In a folder, a file directly under SPECIES shows a person of its own. Raises UsageError.
    """
    found = list(_of_folder(source) if source.is_dir() else _of_list(source, root or source.parent))
    if not found:
        raise UsageError(f"{source} names no clips or pictures", f"folders: {', '.join(SPECIES)}")
    return found


def rates(trials: Sequence[Trial]) -> list[Rate]:
    """One for each species that was tried, in the order of SPECIES."""
    tried = {trial.presentation.species for trial in trials}
    return [
        _rate(species, [trial for trial in trials if trial.presentation.species == species])
        for species in SPECIES
        if species in tried
    ]


def det(trials: Sequence[Trial], species: str) -> tuple[Numbers, Numbers]:
    """APCER of `species` and BPCER over every threshold of the total; both from 0 to 1."""
    attacks = np.array([one.total for one in trials if one.presentation.species == species])
    living = np.array([one.total for one in trials if one.presentation.species == LIVE])
    limits = np.unique(np.concatenate([attacks, living, [np.inf]]))
    passed = np.array([np.mean(attacks >= limit) for limit in limits])
    refused = np.array([np.mean(living < limit) for limit in limits])
    return passed, refused


def as_json(trials: Sequence[Trial]) -> dict[str, Any]:
    """The report: rates by species, which cue denied what, and every failure by file."""
    return {
        "rates": [
            {
                "species": rate.species,
                "measure": "BPCER" if rate.species == LIVE else "APCER",
                "share": rate.share,
                "trials": rate.trials,
                "wrong": rate.wrong,
                "unclear": rate.unclear,
                "let_in": rate.let_in,
                "people": rate.people,
                "people_wrong": rate.people_wrong,
                "people_interval": [rate.interval.low, rate.interval.high],
                "by": dict(rate.by),
            }
            for rate in rates(trials)
        ],
        "failures": [_failure(trial) for trial in trials if trial.wrong],
        "let_in": [
            _failure(trial)
            for trial in trials
            if trial.let_in is not None and trial.presentation.species != LIVE
        ],
        "unclear": [_failure(trial) for trial in trials if trial.decision == "unclear"],
        "cost_ms": float(np.mean([trial.cost_ms for trial in trials])),
    }


def _rate(species: str, trials: Sequence[Trial]) -> Rate:
    people = {trial.presentation.person for trial in trials}
    failed = {trial.presentation.person for trial in trials if trial.wrong}
    return Rate(
        species=species,
        trials=len(trials),
        wrong=sum(trial.wrong for trial in trials),
        unclear=sum(trial.decision == "unclear" for trial in trials),
        let_in=sum(trial.let_in is not None for trial in trials),
        people=len(people),
        people_wrong=len(failed),
        interval=clopper_pearson(len(failed), len(people)),
        by=Counter(trial.by[0] for trial in trials if trial.by),
    )


def _failure(trial: Trial) -> dict[str, Any]:
    return {
        "file": str(trial.presentation.path),
        "species": trial.presentation.species,
        "start": trial.start,
        "decision": trial.decision,
        "let_in": trial.let_in,
        "total": trial.total,
        "by": list(trial.by),
        "frames": trial.frames,
    }


def _of_folder(folder: Path) -> Iterator[Presentation]:
    for species in SPECIES:
        for path in sorted((folder / species).rglob("*"))[:_MOST_FILES]:
            if path.suffix.lower() in _ENDINGS and path.is_file():
                inside = path.relative_to(folder / species).parts
                yield Presentation(path, species, inside[0] if len(inside) > 1 else path.stem)


def _of_list(path: Path, root: Path) -> Iterator[Presentation]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"cannot read {path}: {error}") from error
    for line, row in enumerate(rows, 2):
        which = row.get("face") or "largest"
        named, species, person = row.get("file"), row.get("species"), row.get("person")
        if not named or species not in SPECIES or not person or which not in get_args(Which):
            raise UsageError(
                f"{path}, line {line}: needs file, species, person and perhaps face",
                f"species: {', '.join(SPECIES)}; face: {', '.join(get_args(Which))}",
            )
        face: Which = "smallest" if which == "smallest" else "largest"
        enrolled = row.get("enrolled")
        partner = root / enrolled if enrolled else None
        yield Presentation(root / named, species, person, face, partner)
