"""The agent's own machine: keeps how things are, shows it, and does what a person chose. Pure."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from daemon.api import Error, Event
from daemon.clients.agent import menu
from daemon.clients.agent.messages import (
    Action,
    Call,
    Choice,
    Chosen,
    Closed,
    DaemonDown,
    DaemonUp,
    Denied,
    Effect,
    Elapsed,
    Ending,
    Fact,
    Happened,
    Later,
    Launch,
    Notify,
    NoTray,
    Open,
    Pause,
    Program,
    PropertiesChanged,
    Quit,
    RemoveAppearance,
    Resume,
    Save,
    SessionBusLost,
    SetGreeting,
    SetLeaving,
    SettingsRead,
    SetUnlocking,
    StatusRead,
    Stop,
    TrustCamera,
    Withdraw,
)
from daemon.clients.agent.settings import Settings
from daemon.clients.agent.situation import Situation, line_of, sign_of
from daemon.clients.agent.view import View
from daemon.clients.i18n import _

RECOGNISED_SECONDS = 4.0
"""How long the icon says that somebody was recognised."""
_RECOGNISED = "recognised"
_ATTEMPTS = "attempts"


class StateMachine:
    """Facts in, effects out; `view` is what the tray shows between them."""

    def __init__(self) -> None:
        self._now = Situation()
        self._settings = Settings()
        self._no_tray_told = False

    def view(self, at: datetime) -> View:
        """What the tray shows."""
        line = line_of(self._now, at)
        line = line[:1].upper() + line[1:]
        items = menu.build(line, self._now, self._settings)
        return View(sign_of(self._now, at), line, items)

    def react(self, fact: Fact, at: datetime) -> Iterable[Effect]:
        """Keeps the situation, and answers what the tray and its menu ask for."""
        match fact:
            case DaemonUp(status, appearances) | StatusRead(status, appearances):
                self._now = self._now.told(status, appearances, at)
                return self._until_allowed(at)
            case DaemonDown():
                self._now = Situation()
            case PropertiesChanged(values):
                self._now = self._now.changed(values)
            case Happened(event, details):
                return self._happened(event, float(details.get("retry-after-seconds", 0.0)), at)
            case Elapsed(timer):
                self._elapsed(timer)
            case Chosen(choice):
                return self._chosen(choice)
            case SessionBusLost():
                return (Stop(Ending.AGAIN_WITH_BUS),)
            case _:
                return self._told(fact)
        return ()

    def _happened(self, event: Event, wait: float, at: datetime) -> Iterable[Effect]:
        now = self._now
        match event:
            case Event.UNLOCKED:
                self._now = replace(now, recognised=True, locked_out=False, retry_at=0.0)
                return (Later(_RECOGNISED, RECOGNISED_SECONDS),)
            case Event.ATTEMPTS_PAUSED:
                self._now = replace(now, retry_at=at.timestamp() + wait)
                return self._until_allowed(at)
            case Event.LOCKED_OUT:
                self._now = replace(now, locked_out=True)
            case Event.CLEARED:
                self._now = replace(now, locked_out=False, retry_at=0.0)
        return ()

    def _until_allowed(self, at: datetime) -> Iterable[Effect]:
        wait = self._now.retry_at - at.timestamp()
        return (Later(_ATTEMPTS, wait + 0.1),) if wait > 0 else ()

    def _elapsed(self, timer: str) -> None:
        if timer == _RECOGNISED:
            self._now = replace(self._now, recognised=False)
        elif timer == _ATTEMPTS:
            self._now = replace(self._now, retry_at=0.0)

    def _chosen(self, choice: Choice) -> Iterable[Effect]:
        match choice:
            case SetGreeting(on):
                return (Save(self._settings.with_greeting(on=on)),)
            case SetLeaving(on):
                return (Save(self._settings.with_leaving(on=on)),)
            case Open(Program.ENROL, ""):
                return (Launch(Program.ENROL, menu.next_appearance(self._now)),)
            case Open(program, appearance, replacing):
                return (Launch(program, appearance, replacing),)
            case Quit():
                return (Stop(),)
        call = _call_of(choice)
        return () if call is None else (call,)

    def _told(self, fact: Fact) -> Iterable[Effect]:
        match fact:
            case SettingsRead(settings, problem):
                self._settings = settings
                return (_broken_settings(problem),) if problem else (Withdraw("settings"),)
            # Somebody who closes polkit's window knows that nothing was done.
            case Denied(_choice, problem, error) if error is not Error.NOT_AUTHORIZED:
                return (Notify("denied", _("Facelatch did not do that"), problem),)
            case Closed(_program, problem) if problem:
                return (Notify("window", _("The window was closed by a problem"), problem),)
            case NoTray(problem) if not self._no_tray_told:
                self._no_tray_told = True
                return (Notify("tray", _("Facelatch runs without an icon"), problem),)
        return ()


def _call_of(choice: Choice) -> Call | None:
    match choice:
        case Pause(seconds):
            return Call("Pause", (seconds,), choice)
        case Resume():
            return Call("Resume", (), choice)
        case RemoveAppearance(appearance):
            return Call("RemoveAppearance", ("", appearance), choice)
        case SetUnlocking(on):
            return Call("SetUnlocking", (on,), choice)
        case TrustCamera(path):
            return Call("TrustCamera", (path,), choice)
    return None


def _broken_settings(problem: str) -> Notify:
    return Notify(
        "settings",
        _("A mistake in the agent's settings"),
        problem,
        (Action(_("Settings…"), Open(Program.SETTINGS)),),
    )
