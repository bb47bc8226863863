"""Trials of liveness: which frames a decision sees, and of which face."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from models.errors import UsageError
from models.evaluation.spoof import Presentation
from models.evaluation.spoof_trials import Setup, Trials, meant
from models.liveness.evidence import CueEvidence, Observation
from models.liveness.suite import Suite
from models.types import Box, Detection, Image

LARGE = Detection(Box(0, 0, 60, 80), 1.0, np.zeros((5, 2), np.float32))
SMALL = Detection(Box(70, 0, 90, 30), 1.0, np.zeros((5, 2), np.float32))
CLIP, STILL = Path("clip.mp4"), Path("still.jpg")


class Denies:
    """A cue that remembers what it saw and calls it a picture."""

    def __init__(self) -> None:
        self.seen: list[Observation] = []
        self.resets = 0

    name = "denies"

    def observe(self, observation: Observation) -> None:
        self.seen.append(observation)

    def evidence(self) -> CueEvidence:
        return CueEvidence(self.name, -5.0, "picture")

    def reset(self) -> None:
        self.resets += 1


class Finds:
    name = "finds"

    def __init__(self, *faces: Detection) -> None:
        self.faces = list(faces)

    def detect(self, image: Image) -> list[Detection]:
        assert image.ndim == 3
        return self.faces


def frames(path: Path) -> Iterator[tuple[float, Image]]:
    """Ten seconds of ten frames; each frame's number is its colour."""
    for index in range(1 if path == STILL else 100):
        yield index / 10, np.full((100, 100, 3), index, np.uint8)


def tried(cue: Denies, *faces: Detection, runs: int = 1) -> Trials:
    setup = Setup("standard", seconds=2.0, runs=runs)
    return Trials(Suite([cue]), lambda: Finds(*faces), frames, setup)


def test_a_decision_sees_two_seconds_from_a_random_place() -> None:
    cue = Denies()
    shown = Presentation(CLIP, "print", "ada")
    trials = list(tried(cue, LARGE, runs=4).run(shown))
    assert [trial.decision for trial in trials] == ["not live"] * 4
    assert all(20 <= trial.frames <= 21 for trial in trials)
    assert len({trial.start for trial in trials}) == 4
    assert all(0 <= trial.start <= 8 for trial in trials)
    assert cue.resets == 4
    assert trials[0].by == ("denies: picture",)


class Changes(Denies):
    """Says of the frames from `since` on, until `until` of them were seen, that they live."""

    name = "texture"

    def __init__(self, since: int, until: int) -> None:
        super().__init__()
        self.living = range(since, until)

    def evidence(self) -> CueEvidence:
        alive = len(self.seen) in self.living
        return CueEvidence(self.name, 2.0 if alive else -1.0, "skin" if alive else "picture")


def test_who_was_let_in_for_a_moment_is_in() -> None:
    shown = Presentation(CLIP, "print", "ada")

    def tried(cue: Changes) -> tuple[str, bool]:
        setup = Setup("convenient", seconds=2.0, runs=1)
        (trial,) = Trials(Suite([cue]), lambda: Finds(LARGE), frames, setup).run(shown)
        return trial.decision, trial.let_in is not None

    assert tried(Changes(5, 8)) == ("unclear", True)
    assert tried(Changes(5, 6)) == ("unclear", False)
    assert tried(Changes(5, 99)) == ("live", True)


def test_the_same_clip_is_tried_alike_in_every_run() -> None:
    shown = Presentation(CLIP, "print", "ada")
    first, second = (
        [trial.start for trial in tried(Denies(), LARGE, runs=3).run(shown)] for _ in range(2)
    )
    assert first == second


def test_the_pace_changes_the_clock_and_not_the_frames() -> None:
    cue = Denies()
    list(tried(cue, LARGE).run(Presentation(CLIP, "print", "ada")))
    times = np.array([one.time for one in cue.seen])
    steps = np.diff(times)
    assert steps == pytest.approx(np.full(len(steps), steps[0]))
    assert 0.1 / 1.25 - 1e-9 <= steps[0] <= 0.1 / 0.8 + 1e-9
    colours = [int(one.image[0, 0, 0]) for one in cue.seen]
    assert colours == list(range(colours[0], colours[0] + len(colours)))


def test_a_picture_is_shown_once_for_a_while() -> None:
    cue = Denies()
    (trial,) = tried(cue, LARGE, runs=9).run(Presentation(STILL, "print", "ada"))
    assert trial.frames == 15
    assert cue.seen[-1].time == pytest.approx(1.4)


def test_frames_without_a_face_are_not_counted() -> None:
    shown = Presentation(CLIP, "phone", "ada", "smallest")
    (trial,) = tried(Denies()).run(shown)
    assert trial.frames == 0


def test_the_other_faces_are_told_too() -> None:
    cue = Denies()
    list(tried(cue, LARGE, SMALL).run(Presentation(CLIP, "phone", "ada", "smallest")))
    assert cue.seen[0].face is SMALL
    assert cue.seen[0].others == (LARGE,)


def test_which_face_is_meant() -> None:
    assert meant([LARGE, SMALL], "largest") is LARGE
    assert meant([LARGE, SMALL], "smallest") is SMALL
    assert meant([LARGE], "smallest") is LARGE
    assert meant([], "largest") is None


def test_a_file_without_frames_is_an_error() -> None:
    runner = Trials(Suite([Denies()]), Finds, lambda _: [], Setup("standard", 2.0, 1))
    with pytest.raises(UsageError, match="has no frames"):
        list(runner.run(Presentation(CLIP, "print", "ada")))
