"""What a watch says of single frames, and that nothing is remembered across a gap."""

from collections.abc import Callable

import numpy as np
import pytest

from daemon.camera.job import StreamInfo
from daemon.policy.manual_lock import OwnerPresence
from daemon.recognition.frames import AnalysedFrame
from daemon.recognition.models import Models
from daemon.unlocking.job import OwnerWatcher, WatchJob, WatchResult
from models.types import Analysis, Box, Detection, Face, Quality
from tests.daemon.fakes import (
    ADA,
    CRITERION,
    FakeDetector,
    FakeEmbedder,
    embedding,
    person,
)

STRANGER = 3
INFO = Models(FakeDetector(), "fake", FakeEmbedder(), CRITERION).info
LANDMARKS = np.zeros((5, 2), dtype=np.float32)


def face(who: int, *, quality: float = 0.9, strangeness: float = 0.0) -> Face:
    """`strangeness` mixes somebody else's embedding in: it is the distance."""
    mixed = embedding(who) + strangeness * embedding(STRANGER)
    return Face(Detection(Box(0, 0, 90, 90), 0.9, LANDMARKS), Quality(quality), mixed)


def frame(*faces: Face) -> AnalysedFrame:
    return AnalysedFrame(0.0, (320, 240), Analysis(faces))


@pytest.mark.parametrize(
    ("faces", "said"),
    [
        ((), (OwnerPresence.ABSENT, False)),
        ((face(ADA),), (OwnerPresence.PRESENT, True)),
        ((face(STRANGER),), (OwnerPresence.ABSENT, True)),
        ((face(ADA, quality=0.1),), (OwnerPresence.UNSURE, True)),
        ((face(STRANGER, quality=0.1),), (OwnerPresence.UNSURE, True)),
        ((face(STRANGER), face(ADA)), (OwnerPresence.PRESENT, True)),
        ((face(STRANGER), face(ADA, quality=0.1)), (OwnerPresence.UNSURE, True)),
    ],
)
def test_only_a_clear_stranger_or_nobody_is_an_absence(
    faces: tuple[Face, ...], said: tuple[OwnerPresence, bool]
) -> None:
    watcher = OwnerWatcher(INFO.matcher(person("Ada", ADA)), threshold=INFO.threshold)
    assert watcher.observe(frame(*faces)) == said


@pytest.mark.parametrize(
    ("faces", "onlooker"),
    [
        ((face(ADA),), False),
        ((face(ADA), face(STRANGER)), True),
        ((face(STRANGER), face(ADA)), True),
        ((face(ADA), face(STRANGER, quality=0.1)), False),
        ((face(ADA), face(ADA)), False),
        ((face(STRANGER),), False),
        ((face(STRANGER), face(STRANGER)), False),
    ],
)
def test_only_somebody_else_who_looks_this_way_beside_the_owner_is_an_onlooker(
    faces: tuple[Face, ...], onlooker: bool
) -> None:
    watcher = OwnerWatcher(INFO.matcher(person("Ada", ADA)), threshold=INFO.threshold)
    watcher.observe(frame(*faces))
    assert watcher.onlooker is onlooker


def test_nearer_than_a_stranger_and_not_near_enough_is_no_absence() -> None:
    watcher = OwnerWatcher(INFO.matcher(person("Ada", ADA)), threshold=INFO.threshold)
    assert watcher.observe(frame(face(ADA, strangeness=0.65))) == (OwnerPresence.UNSURE, True)


class Told:
    """What a watch tells, at once."""

    def __init__(self) -> None:
        self.results: list[WatchResult] = []
        self.gaps = 0
        self.job = WatchJob(
            person("Ada", ADA),
            post=self._post,
            on_result=self.results.append,
            on_gap=self._gap,
            clock=lambda: 7.0,
        )

    def _post(self, call: Callable[[], None]) -> None:
        call()

    def _gap(self) -> None:
        self.gaps += 1


def test_where_nothing_moves_the_last_answer_holds_and_no_face_is_new() -> None:
    told = Told()
    told.job.begin(StreamInfo(INFO, still=False))
    told.job.see(frame(face(ADA)))
    told.job.see(None)
    assert told.results == [
        WatchResult(7.0, OwnerPresence.PRESENT, face=True),
        WatchResult(7.0, OwnerPresence.PRESENT, face=False),
    ]


def test_what_was_seen_before_the_camera_was_closed_holds_no_more() -> None:
    told = Told()
    for _ in range(2):
        told.job.begin(StreamInfo(INFO, still=False))
        told.job.see(None)
        told.job.see(frame())
    told.job.end(None, "")
    owners = [one.owner for one in told.results]
    assert owners == [OwnerPresence.UNSURE, OwnerPresence.ABSENT] * 2
    assert told.gaps == 3
