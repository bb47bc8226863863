"""Faces of a clip with several people: which are followed, and what their trials see."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from models.evaluation.spoof_faces import face_trials, followed, overlap
from models.evaluation.spoof_trials import Setup
from models.liveness.evidence import CueEvidence, Observation, no_evidence
from models.liveness.suite import Suite
from models.types import Box, Detection, Image


def _face(left: float, top: float = 0.0, side: float = 90.0) -> Detection:
    box = Box(left, top, left + 0.8 * side, top + side)
    return Detection(box, 0.99, np.zeros((5, 2), np.float32))


def _seen(seconds: float, *faces: tuple[float, float]) -> list[tuple[float, list[Detection]]]:
    """Faces (left, side) that go two pixels to the right from frame to frame, ten a second."""
    return [
        (index / 10, [_face(left + 2 * index, side=side) for left, side in faces])
        for index in range(round(10 * seconds) + 1)
    ]


def test_faces_that_are_large_and_there_for_long_are_followed() -> None:
    found = followed(_seen(2.0, (0.0, 90.0), (300.0, 70.0), (600.0, 120.0)))
    assert [face.side for face in found] == pytest.approx([90.0, 120.0])
    assert [len(face.detections) for face in found] == [21, 21]
    assert not followed(_seen(1.9, (0.0, 90.0)))
    assert not followed([])


def test_a_cut_or_an_absence_ends_a_face() -> None:
    frames = _seen(3.0, (0.0, 90.0))
    cut = [(time, [_face(500.0)] if time >= 1.5 else faces) for time, faces in frames]
    assert not followed(cut)
    away = [(time, [] if 1.2 < time < 1.8 else faces) for time, faces in frames]
    assert not followed(away)
    missed = [(time, [] if time == 1.5 else faces) for time, faces in frames]
    assert len(followed(missed)) == 1


def test_overlap_is_that_of_two_boxes() -> None:
    box = Box(0, 0, 10, 10)
    assert overlap(box, box) == 1.0
    assert overlap(box, Box(5, 0, 15, 10)) == pytest.approx(1 / 3)
    assert overlap(box, Box(20, 0, 30, 10)) == 0.0


class _Watches:
    name = "watches"

    def __init__(self) -> None:
        self.seen: list[Observation] = []

    def observe(self, observation: Observation) -> None:
        self.seen.append(observation)

    def evidence(self) -> CueEvidence:
        return no_evidence(self.name, "nothing")

    def reset(self) -> None:
        self.seen.append(None)  # type: ignore[arg-type]  # where a trial begins


class _Finds:
    name = "finds"

    def detect(self, image: Image) -> list[Detection]:
        return [_face(float(image[0, 0, 0])), _face(400.0)]


def _frames(_: Path) -> Iterator[tuple[float, Image]]:
    for index in range(30):
        yield index / 10, np.full((100, 100, 3), index, np.uint8)


def test_each_face_is_tried_by_itself_and_at_its_own_place() -> None:
    cue = _Watches()
    setup = Setup("standard", seconds=1.0, runs=2)
    trials = list(face_trials(Path("c.mp4"), _frames, _Finds(), Suite([cue]), setup))
    assert [trial.presentation.person for trial in trials] == [
        *["c.mp4, face 0 at 0.0 s"] * 2,
        *["c.mp4, face 1 at 0.0 s"] * 2,
    ]
    assert all(trial.decision == "unclear" for trial in trials)
    moved = [one for one in cue.seen if one is not None and one.face.box.left < 100]
    assert moved
    assert all(one.face.box.left == one.image[0, 0, 0] for one in moved)
