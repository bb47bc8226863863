"""Made-up people before a made-up camera, for the guide."""

from collections.abc import Iterable

import numpy as np

from enroll.guide.guide import Guide, Observation, Step
from enroll.guide.selection import Sample
from models.pose import Pose
from models.types import Embedding, Quality

DIMENSION = 128
THRESHOLD = 0.6
STRAIGHT, LEFT, RIGHT = Pose(0, 0, 0), Pose(25, 0, 0), Pose(-25, 0, 0)
UP, DOWN = Pose(0, 20, 0), Pose(0, -20, 0)
ALL_HEADS = (STRAIGHT, LEFT, RIGHT, UP, DOWN)
FAR, NEAR = 0.3, 0.4
"""Heights of a face, in shares of the picture's."""
FRAME = 1 / 15


def centre_of(who: int) -> Embedding:
    """Random unit vectors are 1.4 apart."""
    vector = np.random.default_rng(who).normal(size=DIMENSION)
    return np.asarray(vector / np.linalg.norm(vector), dtype=np.float32)


def sample(
    who: int,
    moment: int,
    *,
    spread: float = 0.3,
    score: float = 0.9,
    reason: str = "",
    faces: int = 1,
) -> Sample:
    """A face of this person; every moment looks a little different."""
    noise = np.random.default_rng((who, moment)).normal(size=DIMENSION)
    noise *= spread / np.linalg.norm(noise)
    reasons = (reason,) if reason else ()
    row = (centre_of(who) + noise).astype(np.float32)
    return Sample(row, Quality(score, reasons), faces, f"{who}-{moment}")


class Camera:
    """Shows a guide what a person does, frame by frame."""

    def __init__(self, guide: Guide | None = None) -> None:
        self.guide = guide or Guide(threshold=THRESHOLD, metric="euclidean")
        self.time = 0.0
        self.frame = 0

    def show(
        self,
        who: int | None = 1,
        head: Pose | None = STRAIGHT,
        *,
        seconds: float = 1.0,
        height: float = FAR,
        spread: float = 0.3,
        score: float = 0.9,
        reason: str = "",
        faces: int = 1,
    ) -> list[Step]:
        """What the guide says to `seconds` of this."""
        steps = []
        for _ in range(max(round(seconds / FRAME), 1)):
            seen = (
                None
                if who is None
                else sample(who, self.frame, spread=spread, score=score, reason=reason, faces=faces)
            )
            box = (0.3, 0.3, 0.75 * height, height)
            steps.append(self.guide.observe(Observation(self.time, seen, head, box)))
            self.time += FRAME
            self.frame += 1
        return steps

    def turn_all_ways(self, who: int = 1, heads: Iterable[Pose] = ALL_HEADS) -> None:
        """All that a willing person does."""
        for head in heads:
            self.show(who, head)
        self.show(who, height=NEAR)


def who_is_kept(guide: Guide, fewest: int = 1) -> set[int]:
    """The people in what a guide chose."""
    kept = guide.choose(fewest=fewest).kept
    return {int(guide.samples[index].label.split("-")[0]) for index in kept}
