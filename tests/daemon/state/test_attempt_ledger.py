"""What attempts come to: counted, told, written down; a match that is late counts for nothing."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from daemon.api import Event, Reason, Verdict
from daemon.config import Attempts, Config
from daemon.policy.lockout import LockoutState
from daemon.recognition.results import AttemptResult
from daemon.state.attempt_ledger import AttemptLedger
from daemon.state.decision_log import DecisionLog
from daemon.state.history import RequestOrigin
from daemon.state.users import Account
from tests.daemon.state.service import Service

ADA = Account(1000, "ada")
ORIGIN = (RequestOrigin("uid 1000", "sudo", "1"),)
LIMITS = Config(attempts=Attempts(before_pause=1, before_password=2))


class Ledger:
    """A ledger, and what it told whom."""

    def __init__(self, folder: Path, config: Config) -> None:
        self.service = Service(folder, config)
        self.told: list[tuple[str, Mapping[str, object]]] = []
        self.matched: list[str] = []
        self.confirmed: list[str] = []
        self.ledger = AttemptLedger(
            self.service.context,
            DecisionLog(self.service.context),
            tell=self._tell,
            on_match=lambda username, _result: self.matched.append(username),
            on_password=self.confirmed.append,
        )

    def _tell(self, username: str, event: Event, details: Mapping[str, object]) -> None:
        assert username in ("ada", "toor")
        self.told.append((event.value, details))

    def settle(
        self,
        verdict: Verdict,
        *,
        reason: Reason = Reason.STOPPED,
        compared: int = 0,
        user: Account = ADA,
    ) -> AttemptResult:
        """Settles an attempt that has just ended."""
        at = self.service.now
        result = AttemptResult(verdict, reason, "", 5, 0.1, 0.3, {}, compared=compared, at=at)
        return self.ledger.settle(user, result, ORIGIN)

    @property
    def history(self) -> list[tuple[str, str]]:
        """Verdicts and reasons in ada's history."""
        entries = self.service.context.records.history.of("ada")
        return [(entry.verdict, entry.reason) for entry in entries]


def run(folder: Path, story: Callable[[Ledger], object], config: Config = LIMITS) -> Ledger:
    """Runs a story in an event loop; what is to be kept is kept."""

    async def play() -> Ledger:
        ledger = Ledger(folder, config)
        story(ledger)
        await ledger.service.context.records.done()
        return ledger

    return asyncio.run(play())


def test_a_match_clears_what_failed_and_is_told_to_who_learns(tmp_path: Path) -> None:
    def story(ledger: Ledger) -> None:
        ledger.settle(Verdict.NOT_MATCHED)
        ledger.service.now += 1e4
        assert ledger.settle(Verdict.MATCHED).verdict is Verdict.MATCHED

    ledger = run(tmp_path, story)
    assert ledger.matched == ["ada"]
    assert ledger.service.context.standing(1000).failures == 0


@pytest.mark.parametrize(
    ("failures", "reason"), [(1, Reason.ATTEMPTS_PAUSED), (2, Reason.LOCKED_OUT)]
)
def test_a_match_that_began_before_the_failure_counts_for_nothing(
    tmp_path: Path, failures: int, reason: Reason
) -> None:
    def story(ledger: Ledger) -> None:
        for _ in range(failures):
            ledger.settle(Verdict.NOT_MATCHED, reason=Reason.NOT_RECOGNISED)
        late = ledger.settle(Verdict.MATCHED, reason=Reason.RECOGNISED)
        assert (late.verdict, late.reason) == (Verdict.UNDECIDED, reason)

    ledger = run(tmp_path, story)
    assert ledger.matched == []
    assert ledger.history[-1] == ("undecided", reason)
    assert ledger.service.context.standing(1000).failures == failures


@pytest.mark.parametrize("reason", [Reason.NOT_LIVE, Reason.CHALLENGE_FAILED])
def test_a_picture_of_somebody_is_a_failure_and_doubt_is_none(
    tmp_path: Path, reason: Reason
) -> None:
    def story(ledger: Ledger) -> None:
        ledger.settle(Verdict.UNDECIDED, reason=Reason.LIVENESS_UNCLEAR)
        assert ledger.told == []
        ledger.settle(Verdict.UNDECIDED, reason=reason)

    assert run(tmp_path, story).told[0] == ("refused", {"count": 1})


def test_failures_are_told_with_what_they_lead_to(tmp_path: Path) -> None:
    def story(ledger: Ledger) -> None:
        ledger.settle(Verdict.NOT_MATCHED)
        ledger.settle(Verdict.NOT_MATCHED)

    told = run(tmp_path, story).told
    assert [event for event, _ in told] == ["refused", "attempts-paused", "refused", "locked-out"]
    assert told[0][1] == {"count": 1}
    assert told[1][1]["retry-after-seconds"] == LIMITS.attempts.first_pause_seconds


def test_attempts_cut_short_add_up_to_one_that_failed(tmp_path: Path) -> None:
    def story(ledger: Ledger) -> None:
        for _ in range(3):
            ledger.settle(Verdict.UNDECIDED, compared=3)
        assert ledger.told == []
        ledger.settle(Verdict.UNDECIDED, compared=1)

    ledger = run(tmp_path, story)
    assert ledger.told[0] == ("refused", {"count": 1})


def test_another_name_of_the_same_user_is_no_fresh_start(tmp_path: Path) -> None:
    def story(ledger: Ledger) -> None:
        alias = Account(1000, "toor")
        ledger.settle(Verdict.UNDECIDED, compared=9)
        assert ledger.service.context.standing(1000).failures == 0
        ledger.settle(Verdict.UNDECIDED, compared=1, user=alias)
        ledger.settle(Verdict.NOT_MATCHED, user=alias)
        assert ledger.service.context.standing(1000).state is LockoutState.PASSWORD
        late = ledger.settle(Verdict.MATCHED, reason=Reason.RECOGNISED)
        assert late.reason is Reason.LOCKED_OUT

    run(tmp_path, story)


def test_a_match_that_must_not_count_is_charged_as_what_it_compared(tmp_path: Path) -> None:
    def story(ledger: Ledger) -> None:
        ledger.settle(Verdict.NOT_MATCHED)
        ledger.settle(Verdict.MATCHED, compared=10)
        assert ledger.service.context.standing(1000).failures == 2

    run(tmp_path, story)


def test_the_password_clears_and_is_told_once(tmp_path: Path) -> None:
    def story(ledger: Ledger) -> None:
        ledger.settle(Verdict.NOT_MATCHED)
        ledger.told.clear()
        ledger.ledger.password_used(ADA)
        ledger.ledger.password_used(ADA)

    ledger = run(tmp_path, story)
    assert ledger.told == [("cleared", {})]
    assert ledger.confirmed == ["ada", "ada"]


def test_the_history_names_the_service_that_asked(tmp_path: Path) -> None:
    ledger = run(tmp_path, lambda ledger: ledger.settle(Verdict.NOT_MATCHED))
    (entry,) = ledger.service.context.records.history.of("ada")
    assert (entry.service, entry.session, entry.requester) == ("sudo", "1", "uid 1000")
