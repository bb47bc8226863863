"""Watches a source until it ends, and tells what happened; reopens a camera that was lost."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from daemon.errors import SourceError, SourceLostError
from daemon.foreground.liveness_check import LivenessCheck
from daemon.foreground.presence import Presence
from daemon.foreground.scene_notice import SceneNotice
from daemon.foreground.watch import Event, Watcher
from daemon.recognition.liveness import LivenessDecision, LivenessState
from daemon.recognition.liveness_observer import LivenessObserver
from daemon.recognition.matcher import Observation
from daemon.recognition.observe import analyse
from daemon.recognition.recogniser import Recogniser
from daemon.recognition.scene import SceneObserver
from daemon.recognition.verifier import rule_for
from daemon.sources.base import Frame, FrameSource
from daemon.sources.reader import FrameWorker
from enroll.guide.prompts import Prompt

_PAUSE_SECONDS = 1.0
_POLL_SECONDS = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """An event with the frame and the observation that brought it."""

    event: Event
    frame: Frame
    observation: Observation


@dataclass(slots=True)
class Totals:
    """What a run has done so far."""

    frames: int = 0
    dropped: int = 0
    faces: int = 0


class Runner:
    """One run of watching. `on_frame` sees every frame, `on_event` every event, in order.

    With `liveness` only a living face is an arrival. `on_lost` is told when a camera is lost and
    will be tried again. `scene_of` makes what looks at pictures without a face; what is wrong with
    them goes to `on_scene`, with the time on the source's clock.
    """

    def __init__(
        self,
        recogniser: Recogniser,
        presence: Presence,
        *,
        liveness: LivenessCheck | None,
        on_event: Callable[[Moment], None],
        on_frame: Callable[[Frame, Observation], None] | None = None,
        on_lost: Callable[[SourceError], None] | None = None,
        scene_of: Callable[[FrameSource], SceneObserver] | None = None,
        on_scene: Callable[[float, Prompt], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.totals = Totals()
        self._recogniser = recogniser
        self._presence = presence
        self._liveness = liveness
        self._judge: LivenessDecision | None = None
        self._observer: LivenessObserver | None = None
        self._on_event = on_event
        self._on_frame = on_frame
        self._on_lost = on_lost
        self._scene_of = scene_of
        self._scene: SceneObserver | None = None
        self._notice = SceneNotice()
        self._on_scene = on_scene
        self._clock = clock
        self._sleep = sleep

    def run(self, open_source: Callable[[], FrameSource], *, retry_seconds: float) -> None:
        """Until the source ends. A live one that is lost is reopened for `retry_seconds`.

        Raises SourceError where it cannot be opened at first, or does not come back.
        """
        source = open_source()
        while True:
            try:
                with source:
                    self._play(source)
                return
            except SourceLostError as error:
                if not source.live:
                    raise
                if self._on_lost is not None:
                    self._on_lost(error)
            source = self._reopened(open_source, retry_seconds)

    def _reopened(
        self, open_source: Callable[[], FrameSource], retry_seconds: float
    ) -> FrameSource:
        deadline = self._clock() + retry_seconds
        while True:
            self._sleep(_PAUSE_SECONDS)
            try:
                return open_source()
            except SourceError:
                if self._clock() >= deadline:
                    raise

    def _play(self, source: FrameSource) -> None:
        rule = rule_for(self._recogniser.criterion, still=source.still)
        watcher = Watcher(self._presence, rule)
        # A picture cannot show that it is alive.
        check = None if source.still else self._liveness
        self._judge = None if check is None else check.begin(self._recogniser.matcher)
        self._observer = None if check is None else check.observer
        self._scene = None if self._scene_of is None else self._scene_of(source)
        with FrameWorker(source) as worker:
            dropped_before = self.totals.dropped
            while True:
                frame = worker.next(timeout=_POLL_SECONDS)
                self.totals.dropped = dropped_before + worker.dropped
                if frame is not None:
                    self._observe(watcher, frame)
                elif worker.ended:
                    return

    def _observe(self, watcher: Watcher, frame: Frame) -> None:
        analysed = analyse(self._recogniser.pipeline, frame, self._observer, self._scene)
        word = self._notice.see(analysed.time, analysed.scene)
        if word is not None and self._on_scene is not None:
            self._on_scene(analysed.time, word)
        if self._judge is not None:
            self._judge.see(analysed)
        live = self._judge is None or self._judge.state is LivenessState.LIVE
        observation = self._recogniser.matcher.match(analysed.analysis)
        self.totals.frames += 1
        self.totals.faces += len(observation.faces)
        if self._on_frame is not None:
            self._on_frame(frame, observation)
        for event in watcher.observe(frame.time, observation, live=live):
            self._on_event(Moment(event, frame, observation))
