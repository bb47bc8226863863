"""What the cues of liveness cost: the frames of a clip analysed with them and without, in turns."""

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from statistics import mean

import cv2

from daemon.clients.cli import output
from daemon.clients.cli.evaluation import spoof
from daemon.clients.cli.prepare import load_or_prepare
from daemon.recognition.models import Models
from daemon.recognition.observe import analyse
from daemon.sources.base import Frame
from daemon.sources.open import open_source
from models import calibrations, zoo
from models.errors import UsageError
from models.liveness.suite import default_suite
from models.scoring.calibration import criterion
from models.scoring.security import STANDARD

FPS = 30.0
"""At which a clip's frames are taken to come, whatever its own rate."""
_LEAST_CLIP_FRAMES, _MOST_CLIP_FRAMES = 30, 180
_TURNS = 4
"""Of each clip with liveness and without."""


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


def run(arguments: argparse.Namespace) -> int:
    """`facelatch bench --liveness`: exit 0 once the report is printed. Raises UsageError."""
    # As all else that is timed here.
    cv2.setNumThreads(1)
    models = _with_cues(arguments)
    names = () if models.cues is None else models.cues.names
    spoof.say_networks(names)
    costs = [measure(models, path.name, _clip(path), _TURNS) for path in arguments.liveness]
    if arguments.json:
        output.print_json({"cues": list(names), "clips": [asdict(cost) for cost in costs]})
        return 0
    print(f"{models.embedder.name}; cues: {', '.join(names)}; processor time of a frame")
    output.print_table([cost.row() for cost in costs])
    added = sum(cost.added * cost.frames for cost in costs) / sum(cost.frames for cost in costs)
    print(f"liveness adds {added:.1f} ms to a frame on average")
    return 0


def _with_cues(arguments: argparse.Namespace) -> Models:
    embedder = load_or_prepare(
        lambda: zoo.load_embedder(arguments.embedder, precision=arguments.precision)
    )
    detector = load_or_prepare(lambda: zoo.load_detector("mtcnn", min_face=arguments.min_face))
    reached = criterion(calibrations.load(embedder), STANDARD)
    return Models(detector, "mtcnn", embedder, reached, default_suite())


def _clip(path: Path) -> list[Frame]:
    with open_source(str(path), pace=False) as source:
        frames = list(islice(iter(source.read, None), _MOST_CLIP_FRAMES))
    if len(frames) < _LEAST_CLIP_FRAMES:
        raise UsageError(f"{path} is no clip of {_LEAST_CLIP_FRAMES} frames")
    return frames


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
