"""What the desktop's notifications tell, and how often. Names nobody. Pure."""

from collections import deque
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from daemon.api import UNTIL_RESUMED, Advice, Event, State
from daemon.clients.agent import messages
from daemon.clients.agent.messages import Action, Effect, Elapsed, Fact, Happened, Notify, Withdraw
from daemon.clients.agent.settings import Notifications, Settings
from daemon.clients.i18n import _, several
from daemon.clients.words import sentence

_HOUR = 3600.0
_WEEK = 7 * 24 * _HOUR
_WAITS = {
    "refused": 60.0,
    "locked-out": 60.0,
    "camera": _HOUR / 2,
    "enrolled": 2.0,
    "new-appearance": _WEEK,
    "paused": 5.0,
    "camera-offered": 2.0,
    "challenge": 0.0,
    "onlooker": 60.0,
}
"""Seconds between two notifications of a kind, each of which takes the place of the last."""

_OWN_TRY_SECONDS = 20.0
"""An attempt refused so shortly before its owner came in was most likely the owner's own."""
_CAMERA_SECONDS = 60.0
_CAMERA_TIMER = "camera"
_MOST_REFUSALS = 1000
_LONGEST_AWAY = 1e9


class Notices:
    """Decides what to tell. Whatever is told is rate-limited by its kind."""

    def __init__(self) -> None:
        self._settings = Settings()
        self._told: dict[str, datetime] = {}
        self._refused: deque[datetime] = deque(maxlen=_MOST_REFUSALS)
        self._locked_since: datetime | None = None
        self._camera: tuple[str, datetime] | None = None
        self._paused_until = 0
        self._own_pause: datetime | None = None

    def react(self, fact: Fact, at: datetime) -> Iterator[Effect]:
        """What to show, and what to take back."""
        for effect in self._effects(fact, at):
            if not isinstance(effect, Notify) or self._may_tell(effect.key, at):
                yield effect

    def _effects(self, fact: Fact, at: datetime) -> Iterator[Effect]:
        match fact:
            case messages.SettingsRead(settings):
                self._settings = settings
            case messages.DaemonUp(status):
                yield from self._to_state(status.get("state"), at)
                self._paused_until = status.get("paused-until", 0)
            case messages.DaemonDown():
                yield from self._to_state(None, at)
            case messages.PropertiesChanged(values):
                yield from self._changed(values, at)
            case messages.Chosen(messages.Pause()):
                self._own_pause = at
            case Elapsed(timer) if timer == _CAMERA_TIMER:
                yield from self._camera_notice(at)
            case Happened(event, details):
                yield from self._happened(event, details, at)

    def _happened(self, event: Event, details: messages.Values, at: datetime) -> Iterator[Effect]:
        match event:
            case Event.REFUSED:
                self._refused.append(at)
            case Event.UNLOCKED:
                yield from self._refusals(at, details.get("away-seconds"))
                if details.get("advice") == Advice.NEW_APPEARANCE:
                    yield _new_appearance()
            case Event.CLEARED:
                yield Withdraw("locked-out")
                yield from self._refusals(at, None)
            case Event.LOCKED_OUT:
                yield _locked_out()
            case Event.ENROLLED:
                yield Withdraw("new-appearance")
                yield _enrolled(offers_leaving=not self._settings.leave.enabled)
            case Event.CAMERA_OFFERED:
                yield _new_camera(details)
            case Event.ONLOOKER:
                yield _onlooker()
            case Event.CHALLENGE:
                yield _challenge(str(details.get("prompt", "")))

    def _changed(self, values: messages.Values, at: datetime) -> Iterator[Effect]:
        if "State" in values:
            yield from self._to_state(values["State"], at)
        if "PausedUntil" in values:
            yield from self._to_pause(values["PausedUntil"], at)

    def _to_state(self, state: object, at: datetime) -> Iterator[Effect]:
        if state == State.WATCHING and self._locked_since is None:
            self._locked_since = at
        trouble = state if state in (State.CAMERA_BUSY, State.NO_CAMERA) else None
        before = self._camera[0] if self._camera else None
        if trouble == before:
            return
        self._camera = None if trouble is None else (str(trouble), at)
        if trouble is None:
            yield Withdraw("camera")
        else:
            yield messages.Later(_CAMERA_TIMER, _CAMERA_SECONDS)

    def _camera_notice(self, at: datetime) -> Iterator[Effect]:
        if self._camera is None:
            return
        trouble, since = self._camera
        # A timer of an earlier trouble; the one of this trouble is still to come.
        if at - since >= timedelta(seconds=_CAMERA_SECONDS - 1):
            yield _camera(trouble)

    def _to_pause(self, until: Any, at: datetime) -> Iterator[Effect]:
        before, self._paused_until = self._paused_until, until
        own, self._own_pause = self._own_pause, None
        if until == before:
            return
        if until == 0:
            yield Withdraw("paused")
        elif own is None or at - own > timedelta(seconds=10):
            yield _paused(until, at)

    def _refusals(self, at: datetime, away: Any) -> Iterator[Effect]:
        """Those from the locking on: what was refused before, the owner saw and tried."""
        first = self._locked_since
        if isinstance(away, float) and 0 <= away < _LONGEST_AWAY:
            first = at - timedelta(seconds=away)
        latest = at - timedelta(seconds=_OWN_TRY_SECONDS)
        count = sum(one <= latest and (first is None or one >= first) for one in self._refused)
        self._refused.clear()
        self._locked_since = None
        if count:
            yield _others(count)

    def _may_tell(self, key: str, at: datetime) -> bool:
        if not _wanted(self._settings.notifications, key):
            return False
        last = self._told.get(key)
        # A clock that was put back must not silence for hours.
        if last is not None and timedelta(0) <= at - last < timedelta(seconds=_WAITS[key]):
            return False
        self._told[key] = at
        return True


def _wanted(chosen: Notifications, key: str) -> bool:
    part = {
        "refused": chosen.refused,
        "camera": chosen.camera,
        "camera-offered": chosen.camera,
        "enrolled": chosen.appearances,
        "new-appearance": chosen.appearances,
    }
    return chosen.enabled and part.get(key, True)


def _others(count: int) -> Notify:
    body = several(
        "{count} attempt was refused while you were away.",
        "{count} attempts were refused while you were away.",
        count,
    )
    return Notify("refused", _("Somebody else was here"), body.format(count=count), (_activity(),))


def _locked_out() -> Notify:
    return Notify(
        "locked-out",
        _("Face unlock is off for now"),
        _("Too many attempts were refused. After your password it works again."),
        (_activity(),),
        urgent=True,
    )


def _enrolled(*, offers_leaving: bool) -> Notify:
    actions = [Action(_("Test recognition"), messages.Open(messages.Program.TEST))]
    if offers_leaving:
        actions.append(Action(_("Lock when I leave"), messages.SetLeaving(True)))
    body = _("Facelatch knows it from now on.")
    return Notify("enrolled", _("Your appearance is stored"), body, tuple(actions))


def _new_appearance() -> Notify:
    add = Action(_("Add an appearance"), messages.Open(messages.Program.ENROL))
    body = _(
        "You were recognised, but only just, several times. A new appearance, with the light and"
        " glasses of these days, makes it surer."
    )
    return Notify("new-appearance", _("A new appearance would help"), body, (add,))


def _camera(trouble: str) -> Notify:
    if trouble == State.CAMERA_BUSY:
        body = _("Another program has had the camera for a while. Your password works.")
        return Notify("camera", _("The camera is taken"), body)
    body = _("Facelatch finds no camera that works. Your password works.")
    return Notify("camera", _("There is no camera"), body)


def _new_camera(details: messages.Values) -> Notify:
    path = str(details.get("path", ""))
    trust = Action(_("Use this camera"), messages.TrustCamera(path))
    body = _("{camera} at {path} is not used until you allow it.").format(
        camera=details.get("camera", ""), path=path
    )
    return Notify("camera-offered", _("A new camera"), body, (trust,))


def _onlooker() -> Notify:
    body = _("Somebody beside you, or behind you, has been looking at it for a while.")
    return Notify("onlooker", _("Somebody else looks at your screen"), body, urgent=True)


def _challenge(prompt: str) -> Effect:
    if not prompt:
        return Withdraw("challenge")
    body = _("Facelatch wants to be sure that this is you and no picture of you.")
    # Urgent, so that it is seen on a locked screen where the desktop shows any there.
    return Notify("challenge", sentence(prompt), body, urgent=True)


def _paused(until: int, at: datetime) -> Notify:
    if until == UNTIL_RESUMED:
        body = _("It stays so until you resume it.")
    else:
        end = at + timedelta(seconds=min(max(until - at.timestamp(), 0), _WEEK))
        body = _("It stays so until {time}.").format(time=f"{end:%H:%M}")
    resume = Action(_("Resume"), messages.Resume())
    return Notify("paused", _("Face unlock is paused"), body, (resume,))


def _activity() -> Action:
    return Action(_("Recent activity"), messages.Open(messages.Program.ACTIVITY))
