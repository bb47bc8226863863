"""When the camera is on, and which frames are analysed. Pure machines; no clock, no camera.

Times are seconds on a clock that does not fall (`time.monotonic`); one that is smaller than what
was told before, or not finite, counts as the last one.
"""

import math
from dataclasses import dataclass
from enum import Enum

from daemon import config
from models.errors import UsageError


class Purpose(Enum):
    """What the camera is wanted for."""

    ATTEMPT = "attempt"
    """Somebody asks: every frame, at the full rate."""
    ENROL = "enrol"
    """Somebody is being enrolled: as an attempt."""
    WATCH = "watch"
    """A locked session: at the idle rate until a face is in view, and not for ever."""
    GLANCE = "glance"
    """An idle session, again and again: at the idle rate, and the networks seldom."""

    @property
    def asks(self) -> bool:
        """Whether somebody waits for it; the others are shown nothing meanwhile."""
        return self in (Purpose.ATTEMPT, Purpose.ENROL)


GLANCE_SECONDS = 1.9
"""Between two frames of glances that are analysed: of two a second every fourth."""


@dataclass(frozen=True, slots=True)
class Desired:
    """What the camera should be. `rate` is in frames a second, 0 where it is closed.

    `until` is when to ask again even if nothing happens, infinity for never.
    """

    open: bool
    rate: float
    until: float


class _Time:
    """A clock that does not fall, made of one that should not."""

    def __init__(self) -> None:
        self._now = -math.inf

    def at(self, time: float) -> float:
        if math.isfinite(time):
            self._now = max(self._now, time)
        return self._now


class FrameSelector:
    """Which frames of a watched scene are analysed, and at what rate to take them.

    While nothing moves, a frame is analysed every `blind_seconds`: somebody may sit still. A face
    raises the rate until there is a verdict about it: a stranger who stays costs no more than an
    empty chair, and is tried again only after a frame without a face, or when something woke the
    camera.
    """

    def __init__(self, settings: config.Schedule, *, full_rate: float) -> None:
        self._settings = settings
        self._full_rate = full_rate
        self._time = _Time()
        self._analysed_at = -math.inf
        self._face_until = -math.inf
        self._settled = False

    def rate(self, time: float) -> float:
        """Frames a second to take."""
        return self._full_rate if self.attentive(time) else self._settings.idle_rate

    def attentive(self, time: float) -> bool:
        """Whether a face that has had no verdict yet is or was just in view."""
        return self._time.at(time) < self._face_until

    def selects(self, time: float, change: float) -> bool:
        """Whether to analyse a frame. `change` is the share of the picture (0 to 1) that differs
        from the frame before; infinity or NaN where there is none to compare with.
        """
        now = self._time.at(time)
        moved = not change < self._settings.motion_threshold
        due = now - self._analysed_at >= self._settings.blind_seconds
        return moved or due or not self._settings.motion_gate or self.attentive(now)

    def analysed(self, time: float, *, face: bool) -> None:
        """A frame was analysed: whether there was a face in it, usable or not."""
        now = self._time.at(time)
        self._analysed_at = now
        if not face:
            self._settled = False
        elif not self._settled:
            self._face_until = now + self._settings.linger_seconds

    def decided(self) -> None:
        """The face in view has had its verdict."""
        self._settled = True
        self._face_until = -math.inf

    def restart(self) -> None:
        """The camera was closed or something woke it: the next frame is analysed."""
        self._analysed_at = -math.inf
        self._face_until = -math.inf
        self._settled = False


class GlanceSelector:
    """Which frames of an idle session's glances are analysed: of what moves one every
    GLANCE_SECONDS, and one every `blind_seconds` where nothing does.
    """

    def __init__(self, settings: config.Schedule) -> None:
        self._settings = settings
        self._time = _Time()
        self._analysed_at = -math.inf
        self._moved = False

    def selects(self, time: float, change: float) -> bool:
        """Whether to analyse a frame; `change` as in `FrameSelector`."""
        since = self._time.at(time) - self._analysed_at
        self._moved |= not change < self._settings.motion_threshold
        moved = self._moved or not self._settings.motion_gate
        return since >= self._settings.blind_seconds or (moved and since >= GLANCE_SECONDS)

    def analysed(self, time: float) -> None:
        """A frame was analysed."""
        self._analysed_at = self._time.at(time)
        self._moved = False

    def restart(self) -> None:
        """The camera was closed: the next frame is analysed."""
        self._analysed_at = -math.inf


class OpenTimer:
    """Seconds for which the camera was on."""

    def __init__(self) -> None:
        self._time = _Time()
        self._since: float | None = None
        self._sum = 0.0

    @property
    def on(self) -> bool:
        """Whether seconds are being counted now."""
        return self._since is not None

    def opened(self, time: float) -> None:
        """The camera is open; told again it changes nothing."""
        now = self._time.at(time)
        if self._since is None and math.isfinite(now):
            self._since = now

    def closed(self, time: float) -> None:
        """The camera is closed, or lost."""
        self._sum = self.seconds(time)
        self._since = None

    def seconds(self, time: float) -> float:
        """The sum up to now."""
        now = self._time.at(time)
        return self._sum + (now - self._since if self._since is not None else 0.0)


class CameraSchedule:
    """Whether the camera should be open, and how fast. Requests are named by who makes them.

    Several requests share the camera. A watch rests `watch_seconds` after it began or was woken,
    and goes on when something wakes it. A block (pause, sleep, a closed lid) closes the camera
    whatever is asked for; its end wakes the watches.
    """

    def __init__(self, camera: config.Camera, settings: config.Schedule) -> None:
        self._camera = camera
        self._settings = settings
        self.selector = FrameSelector(settings, full_rate=camera.full_rate)
        self._glances = GlanceSelector(settings)
        self.timer = OpenTimer()
        self._time = _Time()
        self._requests: dict[str, tuple[Purpose, float]] = {}
        self._blocks: set[str] = set()
        self._linger_until = -math.inf
        self._retry_at = -math.inf

    def request(
        self, name: str, purpose: Purpose, time: float, *, seconds: float = math.inf
    ) -> None:
        """Asks for the camera, for at most `seconds`; again under the same name: anew from now.

        A watch lasts `watch_seconds` at most, whatever `seconds` says. Raises UsageError where
        `seconds` is not above 0.
        """
        if not seconds > 0.0:
            raise UsageError("the camera is wanted for more than 0 seconds")
        now = self._time.at(time)
        if name not in self._requests and purpose is Purpose.WATCH:
            self.selector.restart()
        if purpose is Purpose.WATCH:
            seconds = min(seconds, self._watch_seconds())
        if purpose is Purpose.GLANCE and name not in self._requests:
            self._glances.restart()
        self._requests[name] = (purpose, now + seconds)

    def release(self, name: str, time: float) -> None:
        """Takes a request back; an unknown name does nothing."""
        now = self._time.at(time)
        kept = self._requests.pop(name, None)
        if kept is not None and now < kept[1] and not self._live(now):
            self._linger_until = now + self._settings.close_seconds

    def wake(self, time: float) -> None:
        """A key, the lid, the screen: watches begin anew, and a camera that was busy is tried."""
        now = self._time.at(time)
        for name, (purpose, _) in list(self._requests.items()):
            if purpose is Purpose.WATCH:
                self._requests[name] = (purpose, now + self._watch_seconds())
        self._retry_at = -math.inf
        self.selector.restart()

    def block(self, why: str, time: float) -> None:
        """Closes the camera for a reason of that name, at once."""
        self._time.at(time)
        self._blocks.add(why)
        self._linger_until = -math.inf

    def unblock(self, why: str, time: float) -> None:
        """Takes that reason back: watches begin anew where it held."""
        if why in self._blocks:
            self._blocks.remove(why)
            self.wake(time)

    def failed(self, time: float) -> None:
        """The camera could not be opened, or was lost: it is tried again after a while."""
        self._retry_at = self._time.at(time) + self._camera.retry_seconds
        self.timer.closed(time)

    def opened(self, time: float) -> None:
        """The camera is open: its next frame is analysed, whatever was seen before."""
        self._retry_at = -math.inf
        self.timer.opened(time)
        self.selector.restart()
        self._glances.restart()

    def closed(self, time: float) -> None:
        """The camera is closed: its time is counted no further."""
        self.timer.closed(time)

    def desired(self, time: float) -> Desired:
        """What the camera should be now."""
        now = self._time.at(time)
        if self._blocks:
            return Desired(open=False, rate=0.0, until=math.inf)
        live = self._live(now)
        if not live:
            return self._lingering(now)
        if now < self._retry_at:
            return Desired(open=False, rate=0.0, until=self._retry_at)
        until = min(end for _, end in live)
        purposes = {purpose for purpose, _ in live}
        if any(purpose.asks for purpose in purposes):
            return Desired(open=True, rate=self._camera.full_rate, until=until)
        watched = Purpose.WATCH in purposes
        rate = self.selector.rate(now) if watched else self._settings.idle_rate
        return Desired(open=True, rate=rate, until=until)

    def selects(self, time: float, change: float) -> bool:
        """Whether to analyse a frame: every one while somebody asks, else as the selectors say."""
        now = self._time.at(time)
        purposes = {purpose for purpose, _ in self._live(now)} or {Purpose.WATCH}
        selected = {
            Purpose.WATCH: self.selector.selects(now, change),
            Purpose.GLANCE: self._glances.selects(now, change),
        }
        return any(selected.get(purpose, True) for purpose in purposes)

    def analysed(self, time: float, *, face: bool) -> None:
        """A frame that was selected was analysed; see `FrameSelector.analysed`."""
        now = self._time.at(time)
        self._glances.analysed(now)
        # A face that glances alone see waits for no verdict.
        if any(purpose is Purpose.WATCH for purpose, _ in self._live(now)):
            self.selector.analysed(now, face=face)

    def _live(self, now: float) -> list[tuple[Purpose, float]]:
        return [one for one in self._requests.values() if now < one[1]]

    def _lingering(self, now: float) -> Desired:
        ends = [end for _, end in self._requests.values()]
        until = max((self._linger_until, *(end + self._settings.close_seconds for end in ends)))
        # A camera that is closed anyway is not opened to linger.
        if self.timer.on and now < until:
            return Desired(open=True, rate=self._settings.idle_rate, until=until)
        return Desired(open=False, rate=0.0, until=math.inf)

    def _watch_seconds(self) -> float:
        return self._settings.watch_seconds or math.inf
