"""`python -m models.evaluation.spoof_networks DATA`: each texture network by itself.

On the shared clips (docs/liveness/shared-clips.csv), on NUAA's crops of faces and on Minivision's
three pictures. Thresholds are chosen on half of the people, where APCER is 5 %, and reported on the
other half, then the other way round. NUAA's crops have no surroundings, for which the networks were
not made; the texture cue gives no evidence there.
"""

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from models import zoo
from models.assets import prepared
from models.assets.catalogue import spec
from models.assets.runtime import Network
from models.evaluation.spoof import LIVE, Presentation, read_presentations
from models.evaluation.spoof_trials import meant
from models.liveness.texture import CROPS, inside_frame, log_odds
from models.types import Box, Detector, Image

_LIST = Path(__file__).parents[2] / "docs" / "liveness" / "shared-clips.csv"
_FRAMES = 20  # of each clip
_PASSED = 0.05
_EVERY = 4  # of NUAA's crops
_MARGIN = 80  # pixels around a crop that fills the picture, for the detector alone

Numbers = npt.NDArray[np.float64]
Scorer = Callable[[Image, Box], float]


@dataclass(frozen=True, slots=True)
class Scored:
    """One face: whose, whether living, and what each network says (log odds of life)."""

    person: str
    living: bool
    scores: Mapping[str, float]


def scorers() -> dict[str, Scorer]:
    """The networks that are prepared, each with the crop it was trained on."""
    found: dict[str, Scorer] = {name: _minivision(name) for name in CROPS}
    found["minifasnet-v2se"] = _vietanh()
    return found


def _minivision(name: str) -> Scorer:
    network, crop = _network(name), CROPS[name]

    def score(image: Image, box: Box) -> float:
        cut = cv2.resize(inside_frame(image, box, crop.scale), (crop.size, crop.size))
        return log_odds(network.run(cut[None].astype(np.float32))[0][0], 1)

    return score


def _vietanh() -> Scorer:
    """A square of 1.5 times the longer side, mirrored at the frame's border; class 0 is living."""
    network = _network("minifasnet-v2se")

    def score(image: Image, box: Box) -> float:
        side = round(1.5 * max(box.width, box.height))
        wide = cv2.copyMakeBorder(image, side, side, side, side, cv2.BORDER_REFLECT_101)
        left = max(round((box.left + box.right + side) / 2), 0)
        top = max(round((box.top + box.bottom + side) / 2), 0)
        cut = wide[top : top + side, left : left + side]
        small = cv2.resize(cut, (128, 128), interpolation=cv2.INTER_AREA)
        return log_odds(network.run(small[None].astype(np.float32))[0][0], 0)

    return score


def _network(name: str) -> Network:
    return Network(prepared.load_network(spec(name), "texture"))


def clip_faces(data: Path, detector: Detector, networks: Mapping[str, Scorer]) -> Iterator[Scored]:
    """Some frames of each shared clip."""
    for one in read_presentations(_LIST, data):
        for image in _frames(one):
            face = meant(detector.detect(image), one.face)
            if face is not None:
                yield _scored(one.person, one.species == LIVE, image, face.box, networks)


def nuaa_faces(data: Path, detector: Detector, networks: Mapping[str, Scorer]) -> Iterator[Scored]:
    """Every fourth crop; the detector sees it with a margin, the networks without."""
    for kind in ("live", "print"):
        for path in sorted((data / "spoof" / "nuaa" / kind).glob("*/*"))[::_EVERY]:
            image = np.asarray(cv2.imread(str(path)), dtype=np.uint8)
            box = _whole_face(image, detector)
            if box is not None:
                yield _scored(path.parent.name, kind == "live", image, box, networks)


def auc(found: list[Scored], name: str) -> float:
    """Share of pairs of a living face and an attack that `name` orders rightly."""
    living, attacks = _split(found, name)
    return float(np.mean(living[:, None] > attacks) + 0.5 * np.mean(living[:, None] == attacks))


def crossed(found: list[Scored], name: str) -> tuple[float, float]:
    """APCER and BPCER of `name`, thresholds of each half of the people tried on the other."""
    people = sorted({one.person for one in found})
    halves = (set(people[::2]), set(people[1::2]))
    passed, refused = [], []
    for chosen, tried in (halves, halves[::-1]):
        limit = np.quantile(_split(found, name, chosen)[1], 1 - _PASSED)
        living, attacks = _split(found, name, tried)
        passed.append(attacks > limit)
        refused.append(living <= limit)
    return float(np.mean(np.concatenate(passed))), float(np.mean(np.concatenate(refused)))


def report(title: str, found: list[Scored]) -> str:
    """A line for each network, and for the lesser of the two that the texture cue uses."""
    living = sum(one.living for one in found)
    lines = [f"{title}: {living} living faces, {len(found) - living} of attacks"]
    for name in found[0].scores:
        apcer, bpcer = crossed(found, name)
        lines.append(
            f"  {name:18} AUC {auc(found, name):.4f}"
            f"  APCER {100 * apcer:5.1f} %  BPCER {100 * bpcer:5.1f} %"
        )
    return "\n".join(lines)


def _split(
    found: list[Scored], name: str, people: set[str] | None = None
) -> tuple[Numbers, Numbers]:
    rows = [one for one in found if people is None or one.person in people]
    return (
        np.array([one.scores[name] for one in rows if one.living]),
        np.array([one.scores[name] for one in rows if not one.living]),
    )


def _scored(
    person: str, living: bool, image: Image, box: Box, networks: Mapping[str, Scorer]
) -> Scored:
    scores = {name: score(image, box) for name, score in networks.items()}
    scores["lesser of two"] = min(scores[name] for name in CROPS)
    return Scored(person, living, scores)


def _frames(one: Presentation) -> Iterator[Image]:
    capture = cv2.VideoCapture(str(one.path))
    try:
        count = int(capture.get(cv2.CAP_PROP_FRAME_COUNT))
        every = max(count // _FRAMES, 1) if count > 0 else 10
        index = 0
        while capture.grab():
            if index % every == 0:
                yield np.asarray(capture.retrieve()[1], dtype=np.uint8)
            index += 1
    finally:
        capture.release()


def _whole_face(image: Image, detector: Detector) -> Box | None:
    wide = cv2.copyMakeBorder(image, _MARGIN, _MARGIN, _MARGIN, _MARGIN, cv2.BORDER_REPLICATE)
    faces = detector.detect(np.asarray(wide, dtype=np.uint8))
    if not faces:
        return None
    box, (height, width) = faces[0].box, image.shape[:2]
    return Box(
        max(box.left - _MARGIN, 0),
        max(box.top - _MARGIN, 0),
        min(box.right - _MARGIN, width - 1),
        min(box.bottom - _MARGIN, height - 1),
    )


def main() -> int:
    """Prints the report on the shared data in the folder named on the command line."""
    data = Path(sys.argv[1])
    detector = zoo.load_detector("mtcnn", min_face=60)
    networks = scorers()
    write = sys.stdout.write
    write(report("shared clips", list(clip_faces(data, detector, networks))) + "\n")
    write(report("NUAA crops", list(nuaa_faces(data, detector, networks))) + "\n")
    for path in sorted((data / "spoof" / "minivision").glob("*.jpg")):
        image = np.asarray(cv2.imread(str(path)), dtype=np.uint8)
        faces = detector.detect(image)
        if faces:
            scored = _scored(path.stem, path.stem == "image_T1", image, faces[0].box, networks)
            told = ", ".join(f"{name} {score:.1f}" for name, score in scored.scores.items())
            write(f"{path.name}: {told}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
