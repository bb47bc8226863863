"""What the camera's thread does for a locked session: watches whether its owner is there."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from daemon.api import Reason
from daemon.camera.job import FrameOutcome, StreamInfo
from daemon.camera.schedule import Purpose
from daemon.policy.manual_lock import OwnerPresence
from models.errors import UsageError

if TYPE_CHECKING:
    from daemon.recognition.frames import AnalysedFrame
    from daemon.recognition.matcher import Matcher
    from enroll.template import Person

SURELY_ANOTHER = 1.1
"""Times the threshold, the embedder's own where that is larger; beyond it a usable face is somebody
else, nearer it may be the owner, whom a strict level does not accept at that distance."""


@dataclass(frozen=True, slots=True)
class WatchResult:
    """What a watch saw at `time` (`time.monotonic`): whether the owner is there, and any face."""

    time: float
    owner: OwnerPresence
    face: bool


class OwnerWatcher:
    """What single frames say about one person, without a verdict. Pure.

    `threshold` is the embedder's own.
    """

    def __init__(self, matcher: "Matcher", *, threshold: float) -> None:
        self._matcher = matcher
        self.onlooker = False
        """Whether the last frame with the owner showed somebody else, too, who looks this way."""
        self._another = SURELY_ANOTHER * max(matcher.threshold, threshold)

    @classmethod
    def of(cls, person: "Person", stream: StreamInfo) -> "OwnerWatcher | None":
        """By the models of an open camera; None where they know nothing of `person`, which every
        attempt says: whoever watches can only never be sure.
        """
        try:
            matcher = stream.model.matcher(person)
        except UsageError:
            return None
        return cls(matcher, threshold=stream.model.threshold)

    def observe(self, frame: "AnalysedFrame") -> tuple[OwnerPresence, bool]:
        """Whether the owner is there, and whether there is a face at all."""
        faces = self._matcher.compare(frame.analysis)
        if not faces:
            return OwnerPresence.ABSENT, False
        if any(one.usable and one.matched for one in faces):
            # A face that is turned away is not usable.
            self.onlooker = any(one.usable and one.distance > self._another for one in faces)
            return OwnerPresence.PRESENT, True
        others = all(one.usable and one.distance > self._another for one in faces)
        return (OwnerPresence.ABSENT if others else OwnerPresence.UNSURE), True


class WatchJob:
    """Tells what each frame says about `person`, through `post`; never ends by itself.

    Where the scene is as it was, what was seen before still holds.
    """

    purpose = Purpose.WATCH
    patient = True
    deadline = float("inf")
    on_picture = None

    def __init__(
        self,
        person: "Person",
        *,
        post: Callable[[Callable[[], None]], None],
        on_result: Callable[[WatchResult], None],
        on_gap: Callable[[], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.person = person
        self._post = post
        self._on_result = on_result
        self._on_gap = on_gap
        self._clock = clock
        self._watcher: OwnerWatcher | None = None
        self._owner, self._face = OwnerPresence.UNSURE, False

    def begin(self, stream: StreamInfo) -> None:
        """Whatever was seen before the camera was closed holds no more."""
        self._watcher = OwnerWatcher.of(self.person, stream)
        self._owner, self._face = OwnerPresence.UNSURE, False
        self._post(self._on_gap)

    def see(self, frame: "AnalysedFrame | None") -> FrameOutcome:
        """Posts what holds now; what held before, without a face, where it was not analysed."""
        if frame is not None and self._watcher is not None:
            self._owner, self._face = self._watcher.observe(frame)
        result = WatchResult(self._clock(), self._owner, self._face and frame is not None)
        self._post(lambda: self._on_result(result))
        return FrameOutcome(face=self._face)

    def end(self, reason: Reason | None, problem: str) -> None:  # noqa: ARG002 - see Job
        """Tells of the gap alone: a watch is dropped, and never ends by itself."""
        self._post(self._on_gap)
