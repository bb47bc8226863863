"""`python -m models.evaluation.attention CLIPS`: eyes read frame by frame, against labels by hand.

The labels (attention_labels.csv) were made by looking at enlarged eyes of every tenth frame of the
shared clips `video/live` (every twentieth of d6): `open` is open and turned to the camera, `closed`
shut or nearly, `averted` open and turned elsewhere, `unclear` what the one who looked could not
say; a wink is open. Those frames are left out of the figures and counted.
"""

import csv
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from statistics import median_low

import cv2
import numpy as np

from models import zoo
from models.errors import ImageError, UsageError
from models.liveness.attention import Limits, gaze
from models.liveness.eyes import EyeReader, Eyes, IrisReader
from models.liveness.mesh import FaceMesh, MeshFinder
from models.types import Detector, Image

LABELS = Path(__file__).with_name("attention_labels.csv")
UNCLEAR = "unclear"
IN_USE = Limits()
_GRID = [
    Limits(shut / 1000, lowered / 1000, aside / 1000)
    for shut in range(200, 300, 10)
    for lowered in range(240, 305, 10)
    for aside in range(50, 135, 10)
]
"""Limits to choose from; `lowered` no further than people who look at the screen allow."""


@dataclass(frozen=True, slots=True)
class Read:
    """One labelled frame; `eyes` is None where no face or no eyes were found."""

    clip: str
    """A person's: of each there is one."""
    frame: int
    label: str
    eyes: Eyes | None

    def found(self, limits: Limits = IN_USE) -> str | None:
        """What `gaze` says of it."""
        return None if self.eyes is None else gaze(self.eyes, limits)

    def right(self, limits: Limits = IN_USE) -> bool:
        """Whether it was told rightly that somebody looks this way, or does not."""
        found = self.found(limits)
        return found is not None and (found == "open") == (self.label == "open")


def labels() -> Mapping[str, Mapping[int, str]]:
    """Labels by clip and frame."""
    found: dict[str, dict[int, str]] = {}
    with LABELS.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found.setdefault(row["clip"], {})[int(row["frame"])] = row["eyes"]
    return found


def read_clips(
    folder: Path, detector: Detector, mesh: MeshFinder, reader: EyeReader
) -> Iterator[Read]:
    """Reads every labelled frame of the clips in `folder`; raises UsageError for a missing one."""
    for clip, wanted in labels().items():
        capture = cv2.VideoCapture(str(folder / clip))
        try:
            for frame in range(max(wanted) + 1):
                if not capture.grab():
                    raise UsageError(f"{folder / clip} has no frame {frame}")
                if frame in wanted:
                    image = np.asarray(capture.retrieve()[1], dtype=np.uint8)
                    eyes = _eyes(image, detector, mesh, reader)
                    yield Read(clip, frame, wanted[frame], eyes)
        finally:
            capture.release()


def _eyes(image: Image, detector: Detector, mesh: MeshFinder, reader: EyeReader) -> Eyes | None:
    faces = detector.detect(image)
    if not faces:
        return None
    try:
        return reader.read(image, mesh.find(image, faces[0]))
    except ImageError:
        return None


def chosen(reads: Sequence[Read]) -> Limits:
    """The limits under which most of `reads` are right; of several that do, the middle ones."""
    scores = [
        sum(one.right(limits) + (one.found(limits) == one.label) for one in reads)
        for limits in _GRID
    ]
    best = [one for one, score in zip(_GRID, scores, strict=True) if score == max(scores)]
    return Limits(*(median_low(values) for values in zip(*map(astuple, best), strict=True)))


def report(reads: Sequence[Read]) -> str:
    """Shares that are right, and every frame that is not."""
    clear = [one for one in reads if one.label != UNCLEAR]
    lines = [
        f"{len(clear)} labelled frames, {len(reads) - len(clear)} more were unclear",
        *_shares([(one, IN_USE) for one in clear]),
    ]
    for label, count in sorted(Counter(one.label for one in clear).items()):
        told = Counter(str(one.found()) for one in clear if one.label == label)
        lines.append(f"  {label:8} {count:4}: " + ", ".join(f"{n} {k}" for k, n in told.items()))
    lines += [
        f"  wrong: {one.clip} {one.frame} {one.label}, found {one.found()}"
        for one in clear
        if one.found() != one.label
    ]
    return "\n".join([*lines, *_by_others(clear)])


def _by_others(clear: Sequence[Read]) -> list[str]:
    """The same by limits that are chosen on other people."""
    people = sorted({one.clip for one in clear})
    apart = []
    for left_out in people:
        limits = chosen([one for one in clear if one.clip != left_out])
        apart += [(one, limits) for one in clear if one.clip == left_out]
    lines = ["limits chosen on all people but one, tried on that one:", *_shares(apart)]
    for first in (0, 1):
        half = people[first::2]
        limits = chosen([one for one in clear if one.clip in half])
        lines.append(f"limits chosen on {', '.join(half)}, tried on the others:")
        lines += _shares([(one, limits) for one in clear if one.clip not in half])
    return lines


def _shares(tried: Sequence[tuple[Read, Limits]]) -> list[str]:
    right = sum(one.right(limits) for one, limits in tried)
    exact = sum(one.found(limits) == one.label for one, limits in tried)
    return [
        f"looks this way or not: {right} of {len(tried)} right, {100 * right / len(tried):.1f} %",
        f"open, closed or averted: {exact} right, {100 * exact / len(tried):.1f} %",
    ]


def main() -> int:
    """Prints the report on the clips in the folder named on the command line."""
    detector = zoo.load_detector("mtcnn", min_face=80)
    reads = list(read_clips(Path(sys.argv[1]), detector, FaceMesh(), IrisReader()))
    sys.stdout.write(report(reads) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
