"""Counts attempts at recognition: what one comes to, and what failed ones lead to."""

from collections.abc import Callable
from dataclasses import replace

from daemon.api import Event, Reason, Verdict
from daemon.policy.lockout import LockoutState, Standing
from daemon.recognition.results import AttemptResult
from daemon.state.context import Context, Tell
from daemon.state.decision_log import DecisionLog
from daemon.state.history import RequestOrigin
from daemon.state.users import Account

_FRAMES_OF_AN_ATTEMPT = 10
"""Frames compared without a match, whoever was in them; an attempt that is not cut short says no
after 20."""

_FAILURES = (Reason.NOT_LIVE, Reason.CHALLENGE_FAILED)

_FRESH_SECONDS = 5.0
"""A match unlocks for that long; what takes longer is a machine that slept in between."""


class AttemptLedger:
    """Settles each attempt once. `on_match` is told of every match that counts, `on_password` of
    users whose password was right; both by login name.
    """

    def __init__(
        self,
        context: Context,
        log: DecisionLog,
        *,
        tell: Tell,
        on_match: Callable[[str, AttemptResult], None],
        on_password: Callable[[str], None],
    ) -> None:
        self._context = context
        self._records = context.records
        self._log = log
        self._tell = tell
        self._on_match = on_match
        self._on_password = on_password
        self._compared: dict[int, int] = {}

    def fresh(self, result: AttemptResult) -> bool:
        """Whether a result is of now: the machine may have slept, or hung, since."""
        return 0.0 <= self._context.clock().monotonic - result.at <= _FRESH_SECONDS

    def settle(
        self, user: Account, result: AttemptResult, origins: tuple[RequestOrigin, ...]
    ) -> AttemptResult:
        """Counts a result and writes it down; a match that must not count becomes none."""
        if result.verdict is Verdict.MATCHED and not self.fresh(result):
            result = replace(result, verdict=Verdict.UNDECIDED, reason=Reason.ASLEEP)
        if result.verdict is Verdict.MATCHED:
            result = self._counted_match(user, result)
        if _is_failure(result) or self._tried_enough(user, result):
            self._failed(user)
        self._log.attempted(user.name, result, origins)
        if result.verdict is Verdict.MATCHED:
            self._on_match(user.name, result)
        self._context.changed()
        return result

    def password_used(self, user: Account) -> None:
        """The user's password was right, as PAM says: nothing else clears what failed."""
        self._on_password(user.name)
        self._compared.pop(user.uid, None)
        if self._records.lockout.cleared(user.uid):
            self._records.keep_attempts()
            self._tell(user.name, Event.CLEARED, {})
            message = f"failed attempts of {user.name} are cleared"
            self._context.audit.record(message, {"user": user.name})
            self._context.changed()

    def _counted_match(self, user: Account, result: AttemptResult) -> AttemptResult:
        before = self._context.standing(user.uid)
        if not self._records.lockout.matched(user.uid, self._context.clock()):
            return replace(result, verdict=Verdict.UNDECIDED, reason=_reason_locked_out(before))
        self._compared.pop(user.uid, None)
        if before.failures:
            self._records.keep_attempts()
        return result

    def _tried_enough(self, user: Account, result: AttemptResult) -> bool:
        """Whether attempts that ended before a verdict add up to one that failed.

        Many short ones would be a way to try without end.
        """
        if result.verdict is not Verdict.UNDECIDED:
            return False
        count = self._compared.pop(user.uid, 0) + result.compared
        if count >= _FRAMES_OF_AN_ATTEMPT:
            return True
        if count:
            self._compared[user.uid] = count
        return False

    def _failed(self, user: Account) -> None:
        standing = self._records.lockout.failed(user.uid, self._context.clock())
        self._records.keep_attempts()
        self._tell(user.name, Event.REFUSED, {"count": standing.failures})
        if standing.state is LockoutState.PAUSED:
            details = {"retry-after-seconds": standing.retry_after}
            self._tell(user.name, Event.ATTEMPTS_PAUSED, details)
        elif standing.state is LockoutState.PASSWORD:
            self._tell(user.name, Event.LOCKED_OUT, {})


def _is_failure(result: AttemptResult) -> bool:
    """Whether somebody else, or a picture, was presented, or what was asked was not answered."""
    return result.verdict is Verdict.NOT_MATCHED or result.reason in _FAILURES


def _reason_locked_out(standing: Standing) -> Reason:
    """Why a match must not count: it began before the pause, or before the password was due."""
    paused = standing.state is LockoutState.PAUSED
    return Reason.ATTEMPTS_PAUSED if paused else Reason.LOCKED_OUT
