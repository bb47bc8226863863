"""What the demo makes of its story: one row a scene, and the pictures of what was decided. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from daemon.foreground.overlay import contact_sheet, draw
from daemon.foreground.presence import Arrived
from daemon.foreground.runner import Moment
from daemon.foreground.watch import Unrecognised
from daemon.recognition.matcher import Observation
from daemon.sources.base import Frame
from daemon.sources.demo import OWNER_NAME, Scene
from models.scoring.calibration import Criterion
from models.types import Image


@dataclass(slots=True, eq=False)
class SceneResult:
    """What happened in one scene. Times in seconds on the story's clock, distances as measured."""

    scene: Scene
    frames: int = 0
    frames_with_face: int = 0
    distances: list[float] = field(default_factory=list)
    recognised: str | None = None
    recognised_after: float | None = None
    """Seconds from the first frame with a usable face to the recognition."""
    first_face: float | None = None

    @property
    def expected(self) -> str | None:
        """Who ought to be recognised."""
        return OWNER_NAME if self.scene.who == "owner" else None

    @property
    def as_expected(self) -> bool:
        """Whether the right person, or rightly nobody, was recognised; and somebody looked."""
        return self.frames > 0 and self.recognised == self.expected

    @property
    def median_distance(self) -> float | None:
        """Median over the frames with a usable face; None without any."""
        return float(np.median(self.distances)) if self.distances else None


class DemoRecord:
    """Collects frames and moments of a story as they come."""

    def __init__(self, story: Sequence[Scene], criterion: Criterion) -> None:
        self.results = [SceneResult(scene) for scene in story]
        self.criterion = criterion
        self._tiles: list[tuple[str, Image]] = []
        self._shown_empty: set[str] = set()

    @property
    def as_expected(self) -> bool:
        """Whether every scene went as it should."""
        return all(result.as_expected for result in self.results)

    def frame(self, frame: Frame, observation: Observation) -> None:
        """One frame of the story."""
        result = self._at(frame.time)
        result.frames += 1
        result.frames_with_face += bool(observation.faces)
        best = observation.judged
        if best is not None:
            result.distances.append(best.distance)
            if result.first_face is None:
                result.first_face = frame.time
        self._keep_empty(result, frame, observation)

    def moment(self, moment: Moment) -> None:
        """An event of the story."""
        event, time = moment.event, moment.frame.time
        result = self._at(time)
        if isinstance(event, Arrived):
            result.recognised = event.name
            since = time if result.first_face is None else result.first_face
            result.recognised_after = time - since
            self._keep(f"{time:.1f} s: {event.name} recognised", moment.frame, moment.observation)
        elif isinstance(event, Unrecognised):
            self._keep(f"{time:.1f} s: not recognised", moment.frame, moment.observation)

    def picture(self) -> Image:
        """The contact sheet of the moments kept."""
        return contact_sheet(self._tiles)

    def _at(self, time: float) -> SceneResult:
        inside = [result for result in self.results if result.scene.start <= time]
        return inside[-1] if inside else self.results[0]

    def _keep_empty(self, result: SceneResult, frame: Frame, observation: Observation) -> None:
        scene = result.scene
        middle = scene.start + scene.seconds / 2
        if scene.who is None and frame.time >= middle and scene.name not in self._shown_empty:
            self._shown_empty.add(scene.name)
            self._keep(f"{frame.time:.1f} s: nobody", frame, observation)

    def _keep(self, caption: str, frame: Frame, observation: Observation) -> None:
        self._tiles.append((caption, draw(frame.image, observation, self.criterion.threshold)))
