"""Follows the daemon over the bus: signals become facts, nothing is ever polled."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from dbus_fast import Message, MessageFlag, MessageType

from daemon import api
from daemon.api import Event, State
from daemon.clients.agent.messages import (
    Call,
    DaemonDown,
    DaemonUp,
    Denied,
    Fact,
    Happened,
    PropertiesChanged,
    ReportDisplays,
    ReportUse,
    StatusRead,
)
from daemon.clients.dbus_client import DaemonError, NoDaemonError, ask, plain
from daemon.dbus.connection import Bus
from daemon.errors import BusError
from models.errors import FacelatchError

_PROPERTIES = "org.freedesktop.DBus.Properties"
_FIRST_WAIT, _LONGEST_WAIT = 1.0, 60.0
_SECONDS = 10.0
_MOST_READS = 5
"""Of what changes while it is read: then the last counts."""
_log = logging.getLogger(__name__)

# Events after which what Status or ListLooks said may be wrong; the others carry all there is.
_TELLING = frozenset({Event.ENROLLED, Event.APPEARANCES_CHANGED, Event.SWITCHED, Event.CLEARED})


class Follower:
    """One connection at a time to the bus, made anew when it breaks.

    `hear` is called with each fact, in the loop that runs `run`.
    """

    def __init__(self, address: str, hear: Callable[[Fact], None]) -> None:
        self._address = address
        self._hear = hear
        self._bus: Bus | None = None
        self._owner = ""
        self._problem = ""
        # Each new owner makes what was asked of the one before worthless.
        self._turn = 0
        self._signals = 0
        """Of the daemon, that were heard so far."""
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Follows until it is cancelled. Never raises anything else."""
        clock, wait = asyncio.get_running_loop().time, _FIRST_WAIT
        while True:
            began = clock()
            try:
                await self._follow()
                self._down("the bus has ended")
            except BusError as error:
                self._down(str(error))
            # A bus that takes us and ends at once is no better than none.
            wait = _FIRST_WAIT if clock() - began > _LONGEST_WAIT else wait
            await asyncio.sleep(wait)
            wait = min(2 * wait, _LONGEST_WAIT)

    async def call(self, call: Call) -> None:
        """Calls a method of the daemon for a person; what goes wrong becomes Denied."""
        try:
            if self._bus is None:
                raise NoDaemonError
            await ask(self._bus, call.member, call.arguments)
        except DaemonError as error:
            self._hear(Denied(call.choice, error.message, error.error))
        except FacelatchError as error:
            self._hear(Denied(call.choice, str(error)))
        else:
            # The menu shows what is, also where the daemon tells nobody that it changed.
            self._ask_again()

    async def report_displays(self, report: ReportDisplays) -> None:
        """Tells the daemon; one that does not take it goes on as if nobody had said anything."""
        try:
            await self._ask("ReportDisplays", report.on)
        except FacelatchError as error:
            _log.info("the service was not told of the displays: %s", error)

    async def report_use(self, report: ReportUse) -> None:
        """Tells the daemon how the session is used."""
        try:
            await self._ask("ReportUse", dict(report.use))
        except FacelatchError as error:
            _log.info("the service was not told of the session's use: %s", error)

    async def _follow(self) -> None:
        """Follows over one connection until it ends; raises BusError where there is none."""
        bus = await Bus.connect(self._address)
        try:
            bus.listen(self._take)
            await bus.match(
                f"type='signal',sender='{api.BUS_NAME}',interface='{_PROPERTIES}',"
                f"member='PropertiesChanged',path='{api.OBJECT_PATH}'"
            )
            self._bus = bus
            self._owned_by(await bus.follow_owner(api.BUS_NAME, self._owned_by))
            await bus.gone()
        finally:
            self._bus = None
            self._owner = ""
            self._turn += 1
            bus.close()

    def _take(self, message: Message) -> bool:
        # Anybody may send signals of these names: only the daemon's own count.
        if message.message_type is MessageType.SIGNAL and message.sender == self._owner:
            self._signal(message)
        return False

    def _signal(self, message: Message) -> None:
        self._signals += 1
        body = [plain(value) for value in message.body]
        if message.interface == _PROPERTIES and message.member == "PropertiesChanged":
            values: dict[str, Any] = body[1]
            self._hear(PropertiesChanged(values))
            # Only Status says which model is missing.
            if values.get("State") == State.NO_MODEL:
                self._ask_again()
        elif message.interface == api.INTERFACE_NAME and message.member == "Event":
            self._event(str(body[0]), body[1])

    def _event(self, word: str, details: dict[str, Any]) -> None:
        try:
            self._hear(Happened(Event(word), details))
        except ValueError:
            # A newer daemon may know more events than this agent.
            _log.info("unknown event %r", word[:64])
        if word in _TELLING:
            self._ask_again()

    def _owned_by(self, owner: str) -> None:
        self._owner = owner
        self._turn += 1
        if owner:
            self._start(self._greet(self._turn))
        else:
            self._down("")

    async def _greet(self, turn: int) -> None:
        wait = _FIRST_WAIT
        while turn == self._turn:
            try:
                await self._ask("Subscribe")
                await self._read(turn, DaemonUp)
            except FacelatchError as error:
                if turn == self._turn:
                    self._down(str(error))
                    await asyncio.sleep(wait)
                    wait = min(2 * wait, _LONGEST_WAIT)
            else:
                _log.debug("following the service")
                return

    def _ask_again(self) -> None:
        self._start(self._read_again(self._turn))

    async def _read_again(self, turn: int) -> None:
        try:
            await self._read(turn, StatusRead)
        except FacelatchError as error:
            _log.info("the daemon did not say how it is: %s", error)

    async def _read(self, turn: int, kind: type[DaemonUp] | type[StatusRead]) -> None:
        for _ in range(_MOST_READS):
            before = self._signals
            status = await self._ask("Status")
            appearances = await self._appearances()
            # What a signal has told meanwhile is newer than what was asked for before it.
            if before == self._signals:
                break
        if turn == self._turn:
            self._hear(kind(status, appearances))

    async def _appearances(self) -> tuple[dict[str, Any], ...]:
        try:
            return tuple(await self._ask("ListAppearances", ""))
        except DaemonError as error:
            # Appearances that cannot be read are a problem of the store, which Status speaks of.
            _log.info("appearances cannot be listed: %s", error)
            return ()

    async def _ask(self, member: str, *arguments: Any) -> Any:
        if self._bus is None:
            raise NoDaemonError
        # Following must not start a service that somebody stopped.
        flags = MessageFlag.NO_AUTOSTART
        return await ask(self._bus, member, arguments, seconds=_SECONDS, flags=flags)

    def _down(self, problem: str) -> None:
        # Said once, however often it is tried.
        if problem and problem != self._problem:
            _log.info("%s", problem)
        self._problem = problem
        self._hear(DaemonDown(problem))

    def _start(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
