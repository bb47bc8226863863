"""Puts the agent together: facts to the machines, effects to the adapters, the view to the tray."""

import asyncio
import logging
import os
import signal
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from daemon.clients.agent import displays, faults, tray
from daemon.clients.agent.battery import share_left
from daemon.clients.agent.display_reports import DisplayReports, ScreenWaking
from daemon.clients.agent.files import Files
from daemon.clients.agent.follower import Follower
from daemon.clients.agent.greeting import Arrival
from daemon.clients.agent.installation import Installation
from daemon.clients.agent.interfaces import Notifier, Reactor, Speaker
from daemon.clients.agent.launcher import Launcher
from daemon.clients.agent.leaving import LeavingReports
from daemon.clients.agent.locker_processes import LockerProcesses
from daemon.clients.agent.lockers import LockerHints
from daemon.clients.agent.login_files import taken_away
from daemon.clients.agent.logins import Logins
from daemon.clients.agent.messages import (
    AskDisplays,
    BringUp,
    Call,
    Choice,
    Chosen,
    DisplaysChanged,
    Effect,
    Elapsed,
    Ending,
    Fact,
    FollowUse,
    Later,
    Launch,
    LockSession,
    Notify,
    Prime,
    Release,
    ReportDisplays,
    ReportUse,
    Save,
    SettingsRead,
    Speak,
    Stop,
    WakeDisplays,
    Withdraw,
)
from daemon.clients.agent.notifications import Notices
from daemon.clients.agent.notifier import DesktopNotifier, session_bus
from daemon.clients.agent.person import real_name
from daemon.clients.agent.settings_file import SettingsFile
from daemon.clients.agent.speaking import Speaking
from daemon.clients.agent.state import StateMachine
from daemon.clients.agent.switching import Switching
from daemon.clients.agent.use import UseFollower
from daemon.dbus.connection import Bus

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Options:
    """Which bus the daemon is on, and where the settings lie."""

    bus: str
    settings: Path


class Agent:
    """One agent. All of it runs in one loop, but the tray's thread and the speaker's."""

    def __init__(self, options: Options) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopped = asyncio.Event()
        self._ending = Ending.FOR_GOOD
        self._waiting: deque[Fact] = deque()
        self._busy = False
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._file = SettingsFile(options.settings)
        self._follower = Follower(options.bus, self.hear)
        self._lockers = LockerHints(session_bus, lambda: Bus.connect(options.bus))
        self._use = UseFollower(lambda: Bus.connect(options.bus), self.hear)
        self._launcher = Launcher(self.hear)
        self._ask_displays = asyncio.Event()
        self._wake_displays = asyncio.Event()
        self._displays = displays.kinds(self._ask_displays, self._wake_displays)
        self._machine = StateMachine()
        self._reactors: Sequence[Reactor] = (self._machine, *_others())
        self._speaker: Speaker = _speaker()
        self._notifier: Notifier = _notifier(self._choose)
        self._tray: tray.Tray = tray.NoIcon()

    async def run(self) -> Ending:
        """Runs until it is told to stop; how it ends.

        Raises DisplayError where the screen has gone.
        """
        self._listen()
        self.hear(self._file.read())
        self._tray = tray.open_tray(
            self._machine.view(_now()), self._choose, self._from_elsewhere(self.hear)
        )
        following = self._start(self._follower.run())
        session = os.environ.get("XDG_SESSION_ID", "")
        lockers = (self._lockers, LockerProcesses(session, self._lockers.hint))
        hints = [self._start(one.run()) for one in lockers]
        watching = self._start(
            displays.follow(lambda on: self.hear(DisplaysChanged(on)), self._displays)
        )
        try:
            await self._stopped.wait()
        finally:
            following.cancel()
            for hint in hints:
                hint.cancel()
            watching.cancel()
            self._use.follow(wanted=False)
            for part in (self._tray, self._speaker, self._notifier, self._file):
                part.close()
        return self._ending

    def hear(self, fact: Fact) -> None:
        """Takes a fact, and whatever follows from it; only in the loop's own thread."""
        self._waiting.append(fact)
        if self._busy:
            return  # we are called from below: the loop there goes on
        self._busy = True
        try:
            while self._waiting:
                self._take(self._waiting.popleft())
            self._tray.show(self._machine.view(_now()))
        finally:
            self._busy = False

    def _take(self, fact: Fact) -> None:
        if isinstance(fact, SettingsRead):
            self._speaker.apply(fact.settings)
        for reactor in self._reactors:
            try:
                for effect in reactor.react(fact, _now()):
                    self._do(effect)
            except Exception as error:  # a part that fails takes no other with it
                faults.tell(error, type(reactor).__name__)

    def _do(self, effect: Effect) -> None:
        match effect:
            case Speak() | Prime() | Release():
                self._speak(effect)
            case Notify() | Withdraw():
                self._show(effect)
            case Call():
                self._start(self._follower.call(effect))
            case ReportDisplays() | AskDisplays() | WakeDisplays() | ReportUse() | FollowUse():
                self._of_session(effect)
            case LockSession() | BringUp():
                self._start(self._lockers.ask(effect))
            case Launch():
                self._launcher.start(effect)
            case Save(settings):
                self.hear(self._file.write(settings))
            case Later(timer, seconds):
                self._later(timer, seconds)
            case Stop(ending):
                self._ending = ending
                self._stopped.set()

    def _of_session(
        self, effect: ReportDisplays | AskDisplays | WakeDisplays | ReportUse | FollowUse
    ) -> None:
        match effect:
            case WakeDisplays():
                self._wake_displays.set()
            case ReportDisplays():
                self._start(self._follower.report_displays(effect))
            case AskDisplays(True):
                self._ask_displays.set()
            case AskDisplays():
                self._ask_displays.clear()
            case ReportUse():
                self._start(self._follower.report_use(effect))
            case FollowUse(wanted):
                self._use.follow(wanted=wanted)

    def _show(self, effect: Notify | Withdraw) -> None:
        if isinstance(effect, Notify):
            self._notifier.show(effect)
        else:
            self._notifier.withdraw(effect.key)

    def _speak(self, effect: Speak | Prime | Release) -> None:
        match effect:
            case Speak():
                self._speaker.say(effect)
            case Prime():
                self._speaker.prime()
            case Release():
                self._speaker.release()

    def _later(self, timer: str, seconds: float) -> None:
        if timer in self._timers:
            self._timers[timer].cancel()
        self._timers[timer] = self._loop.call_later(seconds, self.hear, Elapsed(timer))

    def _choose(self, choice: Choice) -> None:
        """Called from any thread."""
        self._from_elsewhere(self.hear)(Chosen(choice))

    def _from_elsewhere(self, hear: Callable[[Any], None]) -> Callable[[Any], None]:
        def called(fact: Any) -> None:
            # A click may come while the loop ends.
            if not self._loop.is_closed():
                self._loop.call_soon_threadsafe(hear, fact)

        return called

    def _listen(self) -> None:
        self._loop.set_exception_handler(_one_line)
        for number in (signal.SIGTERM, signal.SIGINT):
            self._loop.add_signal_handler(number, self._stopped.set)
        self._loop.add_signal_handler(signal.SIGHUP, lambda: self.hear(self._file.read()))
        watch = self._file.watch()
        if watch >= 0:
            self._loop.add_reader(watch, self._file.take_changes, self.hear)

    def _start(self, work: Any) -> asyncio.Task[Any]:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


def run(options: Options) -> Ending:
    """Runs the agent to its end; how it ends. Raises DisplayError."""
    return asyncio.run(_run(options))


async def _run(options: Options) -> Ending:
    return await Agent(options).run()


def _others() -> tuple[Reactor, ...]:
    """The machines beside the one of the tray."""
    session = os.environ.get("XDG_SESSION_ID", "")
    arrival = Arrival(name=real_name(), session=session)
    leaving = LeavingReports(session=session, battery=share_left)
    reports = (DisplayReports(), ScreenWaking(session=session), leaving, Switching(session=session))
    return (arrival, Notices(), *reports, Installation(Files()), Logins(taken_away))


def _speaker() -> Speaker:
    return Speaking(warn=_log.warning)


def _notifier(choose: Callable[[Choice], None]) -> Notifier:
    return DesktopNotifier(choose=choose, warn=_log.warning)


def _one_line(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    error = context.get("exception")
    if error is None:
        _log.error("%s", context.get("message"))
    else:
        faults.tell(error, "the agent")


def _now() -> datetime:
    return datetime.now().astimezone()
