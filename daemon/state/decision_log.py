"""Writes decisions down: for administrators in the journal, for each user in their history."""

import time
from collections.abc import Iterable
from typing import Any

from daemon.api import Error, Reason, Verdict
from daemon.errors import RefusalError
from daemon.recognition.results import AttemptResult
from daemon.state.context import Context
from daemon.state.history import DENIED, UNLOCKED, Entry, RequestOrigin, fitting
from daemon.system.journal import INFO, NOTICE
from daemon.system.sessions import Session

UNLOCKING = "unlocking"
"""The verdict in the journal of a session that was told to unlock."""


class DecisionLog:
    """What is written, and how much of it, is the configuration's to say (`[audit]`)."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def attempted(
        self, username: str, result: AttemptResult, origins: tuple[RequestOrigin, ...]
    ) -> None:
        """An attempt at recognising this user has ended."""
        audit = self._context.config.audit
        if result.verdict is Verdict.UNDECIDED and not audit.undecided:
            return
        fields: dict[str, Any] = {
            "verdict": result.verdict.value,
            "reason": result.reason.value,
            "frames": result.frames,
            "milliseconds": round(result.stages_ms.get("total", 0.0), 1),
        }
        fields |= self._measured(result)
        priority = NOTICE if result.verdict is Verdict.NOT_MATCHED else INFO
        message = f"attempt at {username}: {result.verdict} ({result.reason})"
        asked = {"requester": ", ".join(map(str, origins)), "model": self._context.model_id}
        entry = {"user": username, **fields, **asked}
        self._context.audit.record(message, entry, priority=priority)
        self._remember(username, origins, **fields)

    def denied(
        self, what: str, username: str, origin: RequestOrigin, refusal: RefusalError
    ) -> None:
        """A request was refused before any attempt."""
        if not self._context.config.audit.denials:
            return
        fields = {"verdict": DENIED, "reason": refusal.error.value}
        entry = {"user": username, "requester": origin, **fields}
        self._context.audit.record(f"{what} denied: {refusal}", entry, priority=NOTICE)
        # Whoever may not ask about this user would else write the user's history.
        if refusal.error is not Error.NOT_PERMITTED:
            self._remember(username, (origin,), **fields)

    def unlocking(self, session: Session, methods: str) -> None:
        """A session was told to unlock, whose locker may be there still."""
        fields = {"user": session.username, "verdict": UNLOCKING, "session": session.id}
        message = f"session {session.id} of {session.username} is told to unlock ({methods})"
        self._context.audit.record(message, fields)

    def unlocked(self, session: Session, methods: str, result: AttemptResult) -> None:
        """A session was unlocked for its user, who was recognised: its locker has gone."""
        fields = {"user": session.username, "verdict": UNLOCKED, "session": session.id}
        message = f"session {session.id} of {session.username} unlocked ({methods})"
        self._context.audit.record(message, fields, priority=NOTICE)
        values: dict[str, Any] = {"milliseconds": result.stages_ms.get("total", 0.0)}
        values |= self._measured(result)
        origins = (RequestOrigin("", session=session.id),)
        reason = Reason.RECOGNISED.value
        self._remember(session.username, origins, verdict=UNLOCKED, reason=reason, **values)

    def _measured(self, result: AttemptResult) -> dict[str, Any]:
        """Only where the configuration wants it: who reads distances can walk toward a match."""
        if not self._context.config.audit.distances or result.distance is None:
            return {}
        return {"distance": result.distance, "threshold": result.threshold}

    def _remember(self, username: str, origins: tuple[RequestOrigin, ...], **fields: Any) -> None:
        entry = Entry(
            time=time.time(),
            requester=fitting(", ".join(map(str, origins))),
            service=fitting(_joined(one.service for one in origins)),
            session=fitting(_joined(one.session for one in origins)),
            **fields,
        )
        self._context.records.history.add(username, entry)
        self._context.records.keep_history()


def _joined(names: Iterable[str]) -> str:
    return ", ".join(sorted(set(filter(None, names))))
