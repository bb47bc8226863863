"""Watching end to end without a camera: events, lost cameras, and an end."""

from collections.abc import Callable, Iterator

import pytest

from daemon.errors import SourceError, SourceLostError
from daemon.foreground.presence import Arrived, Left, Presence
from daemon.foreground.runner import Moment, Runner
from daemon.foreground.watch import Event
from daemon.recognition.recogniser import Recogniser
from models.pipeline import FacePipeline
from tests.daemon.fakes import (
    ADA,
    BOB,
    CRITERION,
    NOBODY,
    PEOPLE,
    FakeDetector,
    FakeEmbedder,
    FakeSource,
)

VISIT, ABSENCE = [ADA] * 10, [NOBODY] * 40


class Stage:
    """A runner with everything around it recorded."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.lost: list[str] = []
        self.slept = 0.0
        embedder = FakeEmbedder()
        self.runner = Runner(
            Recogniser(FacePipeline(FakeDetector(), embedder), embedder, PEOPLE, CRITERION),
            Presence(absence_seconds=2.0),
            liveness=None,
            on_event=self._event,
            on_lost=lambda error: self.lost.append(str(error)),
            clock=lambda: self.slept,
            sleep=self._sleep,
        )

    def play(self, *sources: FakeSource | SourceError, retry_seconds: float = 5.0) -> None:
        queue: Iterator[FakeSource | SourceError] = iter(sources)
        self.runner.run(_opening(queue), retry_seconds=retry_seconds)

    def _event(self, moment: Moment) -> None:
        self.events.append(moment.event)

    def _sleep(self, seconds: float) -> None:
        self.slept += seconds


def _opening(queue: Iterator[FakeSource | SourceError]) -> Callable[[], FakeSource]:
    def open_next() -> FakeSource:
        source = next(queue)
        if isinstance(source, SourceError):
            raise source
        return source

    return open_next


def _lost() -> SourceLostError:
    return SourceLostError("the camera is gone")


def test_two_visits_are_two_arrivals() -> None:
    stage = Stage()
    stage.play(FakeSource([*VISIT, *ABSENCE, *VISIT]))
    assert stage.events == [Arrived("Ada", 0.0), Left("Ada"), Arrived("Ada", 0.0)]
    assert stage.runner.totals.frames == 60


def test_people_are_told_apart() -> None:
    stage = Stage()
    stage.play(FakeSource([*VISIT, *([BOB] * 10)]))
    assert stage.events == [Arrived("Ada", 0.0), Arrived("Bob", 0.0)]


def test_the_source_is_closed_at_the_end() -> None:
    source = FakeSource(VISIT)
    Stage().play(source)
    assert source.closed


def test_a_lost_camera_is_reopened_and_greets_nobody_twice() -> None:
    stage = Stage()
    first = FakeSource([*VISIT, _lost()], live=False)
    first.live = True
    stage.play(first, SourceError("busy"), FakeSource(VISIT))
    assert stage.lost == ["the camera is gone"]
    assert stage.events.count(Arrived("Ada", 0.0)) == 1
    assert first.closed


def test_a_camera_that_stays_away_is_an_error_in_the_end() -> None:
    stage = Stage()
    gone = FakeSource([_lost()], live=True)
    with pytest.raises(SourceError, match="still gone"):
        stage.play(gone, *[SourceError("still gone")] * 20, retry_seconds=5.0)
    assert 4.0 <= stage.slept <= 7.0


def test_a_file_that_breaks_is_not_tried_again() -> None:
    stage = Stage()
    with pytest.raises(SourceLostError):
        stage.play(FakeSource([ADA, _lost()]), FakeSource(VISIT))
    assert stage.events == []


def test_pictures_decide_one_by_one() -> None:
    stage = Stage()
    stage.play(FakeSource([ADA], still=True))
    assert stage.events == [Arrived("Ada", 0.0)]
