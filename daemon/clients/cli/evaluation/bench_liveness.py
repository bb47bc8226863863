"""What the cues of liveness cost: the frames of a clip analysed with them and without, in turns."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import mean

from daemon.recognition.models import Models
from daemon.recognition.observe import analyse
from daemon.sources.base import Frame

FPS = 30.0
"""At which a clip's frames are taken to come, whatever its own rate."""


@dataclass(frozen=True, slots=True)
class LivenessCost:
    """Processor milliseconds for a frame of one clip, all threads, the mean of every turn."""

    clip: str
    frames: int
    without: tuple[float, ...]
    with_cues: tuple[float, ...]

    @property
    def added(self) -> float:
        """By how much a frame is dearer with them, on average."""
        return mean(self.with_cues) - mean(self.without)

    def row(self) -> dict[str, object]:
        """A line of the table."""
        turns = [cues - bare for cues, bare in zip(self.with_cues, self.without, strict=True)]
        return {
            "clip": self.clip,
            "frames": self.frames,
            "without": f"{mean(self.without):.1f} ms",
            "with liveness": f"{mean(self.with_cues):.1f} ms",
            "added": f"{self.added:.1f} ms",
            "of each turn": ", ".join(f"{one:.1f}" for one in turns),
        }


def measure(
    models: Models,
    name: str,
    frames: Sequence[Frame],
    turns: int,
    clock: Callable[[], float] = time.process_time,
) -> LivenessCost:
    """Both ways `turns` times, the first of each turn by turns; after a second that is not counted.

    `models` with cues. `clock` gives seconds of the processor.
    """
    spent: dict[bool, list[float]] = {False: [], True: []}
    _analysed(models, frames[: round(FPS)], cues=True, clock=clock)
    for turn in range(turns):
        for cues in (turn % 2 == 1, turn % 2 == 0):
            seconds = _analysed(models, frames, cues=cues, clock=clock)
            spent[cues].append(1e3 * seconds / len(frames))
    return LivenessCost(name, len(frames), tuple(spent[False]), tuple(spent[True]))


def _analysed(
    models: Models, frames: Sequence[Frame], *, cues: bool, clock: Callable[[], float]
) -> float:
    """Seconds of the processor that these frames took, as at a camera."""
    pipeline = models.following_pipeline()
    observer = models.liveness_observer() if cues else None
    if observer is not None:
        observer.reset()
    began = clock()
    for index, frame in enumerate(frames):
        analyse(pipeline, Frame(frame.image, index / FPS, index), observer)
    return clock() - began
