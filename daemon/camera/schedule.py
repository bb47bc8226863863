"""When the camera is on, and which frames are looked at. Pure machines; no clock, no camera.

Times are seconds on a clock that does not fall (`time.monotonic`); one that is smaller than what
was told before, or not finite, counts as the last one.
"""

import math
from dataclasses import dataclass
from enum import Enum

from daemon import config
from models.errors import UsageError


class Want(Enum):
    """What the camera is wanted for."""

    ATTEMPT = "attempt"
    """Somebody asks: every frame, at the full rate."""
    ENROL = "enrol"
    """As LOOK."""
    WATCH = "watch"
    """A locked session: at the idle rate until a face is in view, and not for ever."""


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


class Gate:
    """Which frames of a watched scene are worth a look, and at what rate to take them.

    While nothing moves, a frame is looked at every `blind_seconds`: somebody may sit still. A face
    raises the rate until it has been judged: a stranger who stays costs no more than an empty
    chair, and is judged again only after a frame without a face, or when something woke the camera.
    """

    def __init__(self, duty: config.Duty, *, full_rate: float) -> None:
        self._duty = duty
        self._full_rate = full_rate
        self._time = _Time()
        self._looked_at = -math.inf
        self._face_until = -math.inf
        self._settled = False

    def rate(self, time: float) -> float:
        """Frames a second to take."""
        return self._full_rate if self.attentive(time) else self._duty.idle_rate

    def attentive(self, time: float) -> bool:
        """Whether a face that is not yet judged is or was just in view."""
        return self._time.at(time) < self._face_until

    def worth(self, time: float, change: float) -> bool:
        """Whether to look at a frame. `change` is the share of the picture (0 to 1) that differs
        from the frame before; infinity or NaN where there is none to compare with.
        """
        now = self._time.at(time)
        moved = not change < self._duty.motion_threshold
        due = now - self._looked_at >= self._duty.blind_seconds
        return moved or due or not self._duty.motion_gate or self.attentive(now)

    def looked(self, time: float, *, face: bool) -> None:
        """A frame was looked at: whether there was a face in it, usable or not."""
        now = self._time.at(time)
        self._looked_at = now
        if not face:
            self._settled = False
        elif not self._settled:
            self._face_until = now + self._duty.linger_seconds

    def judged(self) -> None:
        """The face in view has had its verdict."""
        self._settled = True
        self._face_until = -math.inf

    def restart(self) -> None:
        """The camera was closed or something woke it: the next frame is looked at."""
        self._looked_at = -math.inf
        self._face_until = -math.inf
        self._settled = False


class Meter:
    """Seconds for which the camera was on."""

    def __init__(self) -> None:
        self._time = _Time()
        self._since: float | None = None
        self._sum = 0.0

    @property
    def on(self) -> bool:
        """Whether it is on."""
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


class Duty:
    """Whether the camera should be open, and how fast. Wants are named by whoever has them.

    Several wants share the camera. A watch rests `watch_seconds` after it began or was woken, and
    goes on when something wakes it. A block (pause, sleep, a closed lid) closes the camera whatever
    is wanted; its end wakes the watches.
    """

    def __init__(self, camera: config.Camera, duty: config.Duty) -> None:
        self._camera = camera
        self._duty = duty
        self.gate = Gate(duty, full_rate=camera.full_rate)
        self.meter = Meter()
        self._time = _Time()
        self._wants: dict[str, tuple[Want, float]] = {}
        self._blocks: set[str] = set()
        self._linger_until = -math.inf
        self._retry_at = -math.inf

    def want(self, name: str, kind: Want, time: float, *, seconds: float = math.inf) -> None:
        """Wants the camera, for at most `seconds`; again under the same name: anew from now.

        A watch lasts `watch_seconds` at most, whatever `seconds` says. Raises UsageError where
        `seconds` is not above 0.
        """
        if not seconds > 0.0:
            raise UsageError("the camera is wanted for more than 0 seconds")
        now = self._time.at(time)
        if name not in self._wants and kind is Want.WATCH:
            self.gate.restart()
        if kind is Want.WATCH:
            seconds = min(seconds, self._watch_seconds())
        self._wants[name] = (kind, now + seconds)

    def unwant(self, name: str, time: float) -> None:
        """Wants it no more; an unknown name does nothing."""
        now = self._time.at(time)
        kept = self._wants.pop(name, None)
        if kept is not None and now < kept[1] and not self._live(now):
            self._linger_until = now + self._duty.close_seconds

    def wake(self, time: float) -> None:
        """A key, the lid, the screen: watches begin anew, and a camera that was busy is tried."""
        now = self._time.at(time)
        for name, (kind, _) in list(self._wants.items()):
            if kind is Want.WATCH:
                self._wants[name] = (kind, now + self._watch_seconds())
        self._retry_at = -math.inf
        self.gate.restart()

    def block(self, why: str, time: float) -> None:
        """Closes the camera for a reason of that name, at once."""
        self._time.at(time)
        self._blocks.add(why)
        self._linger_until = -math.inf

    def unblock(self, why: str, time: float) -> None:
        """Takes that reason back."""
        if why in self._blocks:
            self._blocks.remove(why)
            self.wake(time)

    def failed(self, time: float) -> None:
        """The camera could not be opened, or was lost: it is tried again after a while."""
        self._retry_at = self._time.at(time) + self._camera.retry_seconds
        self.meter.closed(time)

    def opened(self, time: float) -> None:
        """The camera is open."""
        self._retry_at = -math.inf
        self.meter.opened(time)
        self.gate.restart()

    def closed(self, time: float) -> None:
        """The camera is closed."""
        self.meter.closed(time)

    def expired(self, time: float) -> frozenset[str]:
        """Wants whose time is over. They no longer count; watches among them rest until woken."""
        now = self._time.at(time)
        return frozenset(name for name, (_, end) in self._wants.items() if end <= now)

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
        if all(kind is Want.WATCH for kind, _ in live):
            return Desired(open=True, rate=self.gate.rate(now), until=until)
        return Desired(open=True, rate=self._camera.full_rate, until=until)

    def worth(self, time: float, change: float) -> bool:
        """Whether to look at a frame: all of them while somebody asks, else as the gate says."""
        now = self._time.at(time)
        gated = self.gate.worth(now, change)
        return gated or any(kind is not Want.WATCH for kind, _ in self._live(now))

    def _live(self, now: float) -> list[tuple[Want, float]]:
        return [want for want in self._wants.values() if now < want[1]]

    def _lingering(self, now: float) -> Desired:
        ends = [end for _, end in self._wants.values()]
        until = max((self._linger_until, *(end + self._duty.close_seconds for end in ends)))
        # A camera that is closed anyway is not opened to linger.
        if self.meter.on and now < until:
            return Desired(open=True, rate=self._duty.idle_rate, until=until)
        return Desired(open=False, rate=0.0, until=math.inf)

    def _watch_seconds(self) -> float:
        return self._duty.watch_seconds or math.inf
