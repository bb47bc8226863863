"""Which poses an enrolment has seen, which comes next, and which it gives up. Pure."""

from statistics import median

from enroll.guide.prompts import POSES, Prompt
from models.pose import Pose

PICTURES_EACH = 3
"""Of each pose."""
PATIENCE_SECONDS = 4.0
"""How long a pose is asked for while a good face is in view: not everybody can do every pose."""

_LESS_PATIENCE_SECONDS = 2.5  # once a pose was given up: a stiff neck is stiff in all directions
# Degrees from where the person looks when looking straight, good to some ten: enough of a turn to
# show another side, and easily done.
_TURNED = 12.0
_TILTED = 9.0
_STRAIGHT_YAW = 12.0
_STRAIGHT_PITCH = 16.0  # cameras stand above the screen or below it
_CLOSER = 1.2  # times as high as before
_CLOSE = 0.55  # of the picture's height: whoever is that near need not come nearer
_MOST_NEUTRAL = 12


class Tour:
    """Counts pictures pose by pose."""

    def __init__(self) -> None:
        self.skipped: list[Prompt] = []
        """Poses given up; still taken where they are shown later."""
        self._counts = dict.fromkeys(POSES, 0)
        self._tried = 0.0
        self._neutral: list[tuple[Pose | None, float]] = []
        """Heads and heights of faces that look straight: what turns are measured from."""
        self._askew: list[tuple[Pose | None, float]] = []
        """The same of the first pictures, straight or not."""

    @property
    def covered(self) -> tuple[Prompt, ...]:
        """Poses that are done."""
        return tuple(one for one in POSES if self._counts[one] >= PICTURES_EACH)

    @property
    def missing(self) -> tuple[Prompt, ...]:
        """Poses that are not."""
        return tuple(one for one in POSES if self._counts[one] < PICTURES_EACH)

    @property
    def wanted(self) -> Prompt | None:
        """The pose to ask for, None where none is left."""
        return next((one for one in self.missing if one not in self.skipped), None)

    @property
    def progress(self) -> float:
        """0 to 1. A pose that was given up is behind us too."""
        done = sum(
            PICTURES_EACH if one in self.skipped else min(count, PICTURES_EACH)
            for one, count in self._counts.items()
        )
        return done / (PICTURES_EACH * len(POSES))

    @property
    def tried(self) -> float:
        """Seconds that the wanted pose was asked for."""
        return self._tried

    def wait(self, seconds: float) -> None:
        """`seconds` went by with a good face in view."""
        self._tried += seconds
        wanted = self.wanted
        patience = _LESS_PATIENCE_SECONDS if self.skipped else PATIENCE_SECONDS
        if wanted is not None and self._tried > patience:
            self.skipped.append(wanted)
            self._tried = 0.0
            if wanted is Prompt.LOOK_STRAIGHT and not self._neutral:
                # The camera stands to the side: turns count from how the person sat.
                self._neutral = self._askew

    def take(self, head: Pose | None, height: float) -> Prompt | None:
        """Counts a picture of `head` and a face `height` high, in shares of the picture.

        The pose that it was counted for, None where it shows none. Without a `head` (a detector
        that gives no landmarks) the person is believed.
        """
        wanted = self.wanted
        if wanted is Prompt.LOOK_STRAIGHT and len(self._askew) < _MOST_NEUTRAL:
            self._askew.append((head, height))
        shown = [one for one in POSES if self._shows(one, head, height)]
        fitting = wanted if wanted in shown else next((p for p in shown if p in self.missing), None)
        if fitting is None:
            return None
        self._counts[fitting] += 1
        if fitting is Prompt.LOOK_STRAIGHT:
            self._remember(head, height)
        if self.wanted is not wanted:
            self._tried = 0.0
        return fitting

    def _remember(self, head: Pose | None, height: float) -> None:
        if len(self._neutral) < _MOST_NEUTRAL:
            self._neutral.append((head, height))
        if self._usual_height >= _CLOSE:
            self._counts[Prompt.COME_CLOSER] = PICTURES_EACH

    @property
    def _usual_height(self) -> float:
        return median(height for _, height in self._neutral)

    def _shows(self, pose: Prompt, head: Pose | None, height: float) -> bool:
        if not self._neutral and pose is not Prompt.LOOK_STRAIGHT:
            return False
        if pose is Prompt.COME_CLOSER:
            return height >= _CLOSER * self._usual_height
        if head is None:
            return True
        heads = [one for one, _ in self._neutral if one is not None]
        yaw = head.yaw - (median(one.yaw for one in heads) if heads else 0.0)
        pitch = head.pitch - (median(one.pitch for one in heads) if heads else 0.0)
        # Turned to the left, a person looks to the right of the picture.
        return {
            Prompt.LOOK_STRAIGHT: abs(yaw) < _STRAIGHT_YAW and abs(pitch) < _STRAIGHT_PITCH,
            Prompt.TURN_LEFT: yaw > _TURNED,
            Prompt.TURN_RIGHT: yaw < -_TURNED,
            Prompt.LOOK_UP: pitch > _TILTED,
            Prompt.LOOK_DOWN: pitch < -_TILTED,
        }[pose]
