"""Watching end to end without a camera: events, lost cameras, and an end."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, cast

import pytest

from daemon.errors import SourceError, SourceLostError
from daemon.foreground.presence import Arrived, Left, Presence
from daemon.foreground.runner import Moment, Runner
from daemon.foreground.watch import Event
from daemon.recognition.frames import AnalysedFrame
from daemon.recognition.recogniser import Recogniser
from daemon.recognition.scene import SceneObserver
from daemon.sources.base import Frame
from enroll.guide.prompts import Prompt
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
        self.runner = self.runner_with()

    def runner_with(self, **more: Any) -> Runner:
        """A runner that is asked for more."""
        embedder = FakeEmbedder()
        return Runner(
            Recogniser(FacePipeline(FakeDetector(), embedder), embedder, PEOPLE, CRITERION),
            Presence(absence_seconds=2.0),
            liveness=None,
            on_event=self._event,
            on_lost=lambda error: self.lost.append(str(error)),
            clock=lambda: self.slept,
            sleep=self._sleep,
            **more,
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


class _Scripted:
    """Says of each frame what is wrong with it."""

    def __init__(self, words: list[Prompt | None]) -> None:
        self._words = iter(words)

    def see(self, frame: Frame, analysed: AnalysedFrame) -> AnalysedFrame:  # noqa: ARG002
        return replace(analysed, scene=next(self._words))


def test_what_is_wrong_with_the_picture_is_said_once() -> None:
    stage = Stage()
    said: list[tuple[float, Prompt]] = []
    black, nothing = [Prompt.PICTURE_IS_BLACK] * 30, [None] * 5
    scripted = _Scripted([*nothing, *black, *nothing])
    runner = stage.runner_with(
        scene_of=lambda _source: cast(SceneObserver, scripted),
        on_scene=lambda time, word: said.append((time, word)),
    )
    runner.run(lambda: FakeSource([NOBODY] * 40), retry_seconds=5.0)
    assert said == [(2.5, Prompt.PICTURE_IS_BLACK)]
