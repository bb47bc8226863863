"""`python -m models.evaluation.whitening FOLDER --embedder E`: learns a whitening, and its worth.

FOLDER is `person/*.jpg`; `--also DIR` and `--groups FILE` are as in `facelatch models calibrate`.
Prints FRR with three pictures enrolled as the network answers, and whitened: learnt on one half of
the people, measured on those of FOLDER in the other, both ways. With `--output DIR` the whitening
of all of them is written, named as those that ship (`models.embedders.whitening`).
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np

from models import files, zoo
from models.assets.catalogue import spec as model_spec
from models.assets.weights import source_digest
from models.embedders.litert import LiteRTEmbedder
from models.embedders.spec import EMBEDDERS
from models.embedders.whitening import Whitening, from_json, shipped_path, to_json
from models.errors import ImageError, ModelError
from models.evaluation import fairness, gathered, program
from models.evaluation.calibrate import MIN_FACE
from models.evaluation.calibrate_groups import numbered
from models.evaluation.collect import Progress
from models.evaluation.group_fit import rare_groups
from models.evaluation.group_projection import filled
from models.evaluation.metrics import Flags, Numbers
from models.evaluation.tuning import RATES, half_of, missed
from models.evaluation.versions import versions
from models.evaluation.workbench import Workbench
from models.scoring.checked import Curve
from models.scoring.neighbours import FEWEST_PEOPLE
from models.types import Array, Embedding, Image

SHARE = 0.1
"""Of the spread that is evened out (docs/measurements.md)."""
DIRECTIONS = 128
"""Of the widest spread that are kept: 64 are worse, all 512 no better."""
GROUP_SHARE = 0.1
"""Of everybody that each rare group counts as: by its number it would hardly count, and its people
would be left to one side (docs/measurements.md)."""
_MOST_OF_GROUPS = 0.5

_TINY = 1e-12


class BothChips(LiteRTEmbedder):
    """Embeds a face as what the network says of each of its chips, one after the other."""

    @property
    def model_id(self) -> str:
        """No embedder's, so that nobody takes these for embeddings."""
        return f"{super().model_id}.chips"

    def embed(self, chips: Sequence[Image]) -> Embedding:
        """Directions of the answers, (chips x dimension,) float32; raises as `answer` does."""
        answers = np.stack([self.answer(chip) for chip in chips])
        return np.asarray(_unit(answers).ravel(), dtype=np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Looks:
    """n pictures of people, each seen several times."""

    rows: Array
    """(n, chips, d), each of length 1."""
    person: Numbers
    """(n,)"""
    groups: Mapping[int, str]
    """Of those people who are of a rare group."""

    def only(self, chosen: Flags) -> "Looks":
        """Those of `chosen` (n,)."""
        return Looks(self.rows[chosen], self.person[chosen], self.groups)


def learn(looks: Looks) -> Whitening:
    """The whitening of these people. Raises ValueError where they are too few."""
    numbers, place, counts = np.unique(looks.person, return_inverse=True, return_counts=True)
    means = np.zeros((counts.size, looks.rows.shape[-1]))
    np.add.at(means, place, looks.rows.mean(axis=1, dtype=np.float64))
    means /= counts[:, None]
    weights = weights_of(means, [looks.groups.get(int(number), "") for number in numbers])
    mean = weights @ means
    apart = (means - mean) * np.sqrt(weights)[:, None]
    spread, directions = np.linalg.eigh(apart.T @ apart)
    kept = min(DIRECTIONS, spread.size - 1)
    spread /= spread.mean()
    return Whitening(
        mean=mean,
        directions=directions[:, -kept:].T,
        gains=_gain(spread[-kept:]),
        rest=float(_gain(spread[:-kept].mean())),
        people=int(counts.size),
    )


def weights_of(people: Curve, groups: Sequence[str]) -> Curve:
    """How much each of p people (p, d) counts, (p,), 1 together; `groups` (p,) are rare ones, ""
    for none.

    A group of fewer than eight people is filled up with the most alike of other rare groups, and
    left out where there are none.
    """
    names = sorted(set(groups) - {""})
    rare = np.array([group != "" for group in groups])
    share = min(GROUP_SHARE, _MOST_OF_GROUPS / max(len(names), 1))
    weights = np.where(rare, 0.0, (1.0 - share * len(names)) / max(int((~rare).sum()), 1))
    for name in names:
        inside = filled(people, np.array([group == name for group in groups]), rare)
        if inside.sum() >= FEWEST_PEOPLE:
            weights[inside] += share / inside.sum()
    return np.asarray(weights / weights.sum())


def _gain(spread: Curve) -> Curve:
    return np.asarray(1.0 / np.sqrt(SHARE * spread + 1.0 - SHARE), dtype=np.float64)


def seen(rows: Array, whitening: Whitening | None) -> Array:
    """Embeddings (n, d) of `rows` (n, chips, d), as `NetworkEmbedder.embed` makes them."""
    whole = rows if whitening is None else _unit(whitening.of(rows))
    return np.asarray(_unit(whole.mean(axis=1)), dtype=np.float32)


def lines(looks: Looks, half: Numbers, counted: Flags) -> Iterator[str]:
    """What the command prints: FRR at each of `RATES` of those of `counted` (n,); `half` is (n,),
    0 or 1.
    """
    yield f"FRR in % at FAR {', '.join(f'{rate:.0e}' for rate in RATES)}, three pictures enrolled"
    for side in (0, 1):
        made = learn(looks.only(half != side))
        ours = looks.only((half == side) & counted)
        for name, whitening in ("as the network answers", None), ("learnt on the other", made):
            shares = missed(seen(ours.rows, whitening), ours.person, "cosine")
            row = " ".join(f"{100 * share:5.2f}" for share in shares)
            yield f"  half {side}, {name:24} {row}"


def write(made: Whitening, name: str, folder: Path, provenance: Mapping[str, str]) -> Path:
    """Writes the file of the embedder `name` in one step; raises ModelError."""
    path = folder / shipped_path(name).name
    fields = to_json(made, provenance)
    from_json(fields)  # what could not be read back must not replace what can
    text = ",\n".join(f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in fields.items())
    try:
        files.write(path, f"{{\n{text}\n}}\n".encode())
    except OSError as error:
        raise ModelError(f"cannot write {path}: {files.reason(error)}") from error
    return path


def _unit(rows: Array) -> Array:
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=-1, keepdims=True), _TINY))


def _gathered(arguments: argparse.Namespace) -> tuple[Looks, Numbers, Flags]:
    """Every usable face, each one's half, and whether it is of the first folder."""
    from models.detectors.mtcnn import MtcnnDetector

    embedder = BothChips(replace(EMBEDDERS[arguments.embedder], whitened=False))
    detector = MtcnnDetector(min_face=MIN_FACE)
    bench = Workbench(_read, detector, MIN_FACE, _uncounted, _note)
    also = arguments.also or ()
    crowd = gathered.gather(bench, arguments.folder, also, embedder, zoo.load_embedder)
    lists = [fairness.read_groups(path) for path in arguments.groups or ()]
    named = gathered.lists_of_groups(lists, crowd.groups)
    rows, person = crowd.faces.embeddings, crowd.faces.people
    groups = rare_groups(person, numbered(named, crowd.names))
    looks = Looks(rows.reshape(len(person), -1, embedder.dimension), person, groups)
    half = np.array([half_of(crowd.names[number]) for number in person], dtype=np.int32)
    first = np.array([crowd.names[number] not in crowd.groups for number in person])
    return looks, half, first


def _note(line: str) -> None:
    sys.stderr.write(f"{line}\n")


def _uncounted(what: str) -> AbstractContextManager[Progress]:
    _note(what)
    return nullcontext(_silent)


def _silent(done: int, total: int) -> None:
    """Takes progress and tells nobody."""


def _read(path: Path) -> Image:
    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if image is None:
        raise ImageError(f"cannot read {path}")
    return np.asarray(image, dtype=np.uint8)


def _provenance(arguments: argparse.Namespace, pictures: int) -> dict[str, str]:
    words = [f"python -m models.evaluation.whitening FOLDER --embedder {arguments.embedder}"]
    words += ["--also DIR"] * len(arguments.also or ())
    words += ["--groups FILE"] * len(arguments.groups or ())
    return {
        "weights": source_digest(model_spec(arguments.embedder))[:16],
        "data": f"{arguments.data}; {pictures} pictures",
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "command": " ".join([*words, "--output DIR"]),
        "versions": " ".join(f"{package} {number}" for package, number in versions().items()),
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m models.evaluation.whitening")
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("--embedder", choices=sorted(EMBEDDERS), required=True)
    parser.add_argument("--also", type=Path, action="append", metavar="DIR")
    parser.add_argument("--groups", type=Path, action="append", metavar="FILE")
    parser.add_argument("--data", default="pictures", help="what to call them in the file")
    parser.add_argument("--output", type=Path, metavar="DIR", help="write the whitening there")
    return parser


def _learnt(arguments: argparse.Namespace) -> Iterator[str]:
    looks, half, first = _gathered(arguments)
    yield from lines(looks, half, first)
    if arguments.output is not None:
        made = learn(looks)
        origin = _provenance(arguments, len(looks.person))
        path = write(made, arguments.embedder, arguments.output, origin)
        yield f"wrote {path}, of {made.people} people"


def main() -> int:
    """Learns from the folders named on the command line; returns the exit code."""
    return program.run(_learnt(_parser().parse_args()))


if __name__ == "__main__":
    sys.exit(main())
