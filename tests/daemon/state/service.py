"""A context with records in a folder and nobody logged in, for tests of what stands on it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from daemon.config import Config
from daemon.policy.lockout import Moment
from daemon.state.context import Context
from daemon.state.records import Records
from daemon.state.templates import Templates

BOOT = "b00b00b0"


class NoSessions:
    """A machine that is awake with its lid open."""

    all: tuple[Any, ...] = ()
    lid_closed = False
    docked = False
    asleep = False

    async def refresh_lid(self) -> None:
        """It stays as it is."""

    async def fresh(self, session_id: str) -> Any:
        """As it was known."""
        return next((one for one in self.all if one.id == session_id), None)


class ListedAudit:
    """Keeps what is written down."""

    def __init__(self) -> None:
        self.entries: list[tuple[str, Mapping[str, object]]] = []

    def record(
        self, message: str, fields: Mapping[str, object] | None = None, *, priority: int = 6
    ) -> None:
        assert 0 <= priority <= 7
        self.entries.append((message, fields or {}))


class Service:
    """The context, and a clock that only the test moves. Made inside an event loop."""

    def __init__(self, folder: Path, config: Config | None = None) -> None:
        self.now = 1000.0
        self.audit = ListedAudit()
        config = config or Config()
        records = Records(folder / "state", config.attempts, warn=self._never)
        self.context = Context(
            config,
            templates=Templates(folder / "templates"),
            audit=self.audit,
            records=records,
            sessions=cast(Any, NoSessions()),
            clock=lambda: Moment(BOOT, self.now, self.now),
        )

    @staticmethod
    def _never(problem: str) -> None:
        raise AssertionError(problem)
