"""`python -m models.evaluation.attention CLIPS`: eyes read frame by frame, against labels by hand.

The labels (attention_labels.csv) were made by looking at enlarged eyes of every tenth frame of the
shared clips `video/live` (every twentieth of d6): `open` is open and turned to the camera, `closed`
shut or nearly, `averted` open and turned elsewhere, `unclear` what the one who looked could not
say; a wink is open. Those frames are left out of the figures and counted.
"""

import csv
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from models import zoo
from models.errors import ImageError, UsageError
from models.liveness.attention import gaze
from models.liveness.eyes import EyeReader, IrisReader
from models.liveness.mesh import FaceMesh, MeshFinder
from models.types import Detector, Image

LABELS = Path(__file__).with_name("attention_labels.csv")
UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Read:
    """One labelled frame; `found` is None where no face or no eyes were found."""

    clip: str
    frame: int
    label: str
    found: str | None

    @property
    def right(self) -> bool:
        """Whether it was told rightly that somebody looks this way, or does not."""
        return self.found is not None and (self.found == "open") == (self.label == "open")


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
                    found = _found(image, detector, mesh, reader)
                    yield Read(clip, frame, wanted[frame], found)
        finally:
            capture.release()


def _found(image: Image, detector: Detector, mesh: MeshFinder, reader: EyeReader) -> str | None:
    faces = detector.detect(image)
    if not faces:
        return None
    try:
        return gaze(reader.read(image, mesh.find(image, faces[0])))
    except ImageError:
        return None


def report(reads: list[Read]) -> str:
    """Shares that are right, and every frame that is not."""
    clear = [one for one in reads if one.label != UNCLEAR]
    right = sum(one.right for one in clear)
    exact = sum(one.found == one.label for one in clear)
    lines = [
        f"{len(clear)} labelled frames, {len(reads) - len(clear)} more were unclear",
        f"looks this way or not: {right} right, {100 * right / len(clear):.1f} %",
        f"open, closed or averted: {exact} right, {100 * exact / len(clear):.1f} %",
    ]
    for label, count in sorted(Counter(one.label for one in clear).items()):
        told = Counter(str(one.found) for one in clear if one.label == label)
        lines.append(f"  {label:8} {count:4}: " + ", ".join(f"{n} {k}" for k, n in told.items()))
    lines += [
        f"  wrong: {one.clip} {one.frame} {one.label}, found {one.found}"
        for one in clear
        if not one.right
    ]
    return "\n".join(lines)


def main() -> int:
    """Prints the report on the clips in the folder named on the command line."""
    detector = zoo.load_detector("mtcnn", min_face=80)
    reads = list(read_clips(Path(sys.argv[1]), detector, FaceMesh(), IrisReader()))
    sys.stdout.write(report(reads) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
