"""What clients are told of an attempt: root may read distances, nobody else any."""

import asyncio
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from daemon.api import VERIFY_PROGRESS, VERIFY_RESULT, Guidance, Light, Progress, Reason, Verdict
from daemon.dbus.peer import Caller
from daemon.policy import Target
from daemon.recognition.results import AttemptResult, FrameResult
from daemon.state.decision_log import DecisionLog
from daemon.state.request_registry import RequestRegistry
from daemon.state.requester import Requester
from daemon.system.sessions import Session
from daemon.verification.manager import VerificationManager
from enroll.template import Person
from tests.daemon.fakes import ADA, person
from tests.daemon.state.service import Service

FRAME = FrameResult(
    Progress.FACE_SEEN, Verdict.UNDECIDED, 0.4, 0.9, (0.1, 0.1, 0.5, 0.5), Light.RED, 0.3
)
RESULT = AttemptResult(Verdict.UNDECIDED, Reason.STOPPED, "", 5, 0.4, 0.3, {"total": 9.0})
_SECRET = {"distance", "threshold"}


class Attempts:
    """Tells at once what a frame and an attempt came to."""

    def __init__(
        self, result: AttemptResult, sessions: Any, *, gone: bool, frame: FrameResult
    ) -> None:
        self._result = result
        self._frame = frame
        self.prompts: list[bool] = []
        self._sessions = sessions
        self._gone = gone

    def start(self, _person: Person, **how: Any) -> object:
        self.prompts.append(how["prompts"]())
        how["on_progress"](self._frame)
        asyncio.get_running_loop().call_soon(self._end, how["on_end"])
        return object()

    def _end(self, on_end: Any) -> None:
        if self._gone:
            # Nobody told us yet: only logind knows.
            self._sessions.fresh = self._forget
        on_end(self._result)

    async def _forget(self, _session_id: str) -> None:
        self._sessions.all = ()


class Templates:
    """Ada alone is enrolled."""

    async def load(self, username: str) -> Person:
        return person(username, ADA)


def told(
    folder: Path,
    uid: int,
    *,
    result: AttemptResult = RESULT,
    gone: bool = False,
    frame: FrameResult = FRAME,
    **options: bool,
) -> dict[str, tuple[Any, ...]]:
    """Both signals of an attempt at uid 1000 with details; at its end the session is `gone`.

    As `prompts` whether a challenge may be asked.
    """

    async def run() -> dict[str, tuple[Any, ...]]:
        service = Service(folder)
        context = service.context
        session = Session("1", "/1", uid, "ada", "seat0", "x11", "user", True, False, False, False)
        sessions = cast(Any, context.sessions)
        sessions.all = (session,)
        context.templates = cast(Any, Templates())
        signals: dict[str, tuple[Any, ...]] = {}
        attempts = Attempts(result, sessions, gone=gone, frame=frame)
        manager = VerificationManager(
            context,
            cast(Any, attempts),
            registry=RequestRegistry(context),
            log=DecisionLog(context),
            signals=cast(
                Any,
                SimpleNamespace(send=lambda _to, name, *values: signals.update({name: values})),
            ),
        )
        requester = Requester(Caller(":1.5", uid, 99), session, interactive=False)
        await manager.start(requester, Target("ada", 1000, 1), {"details": True, **options})
        for _ in range(5):
            await asyncio.sleep(0)
        return {**signals, "prompts": tuple(attempts.prompts)}

    return asyncio.run(run())


@pytest.mark.parametrize(("uid", "distances"), [(0, True), (1000, False)])
def test_distances_are_told_to_root_alone(tmp_path: Path, uid: int, distances: bool) -> None:
    signals = told(tmp_path, uid)
    for name, keys in (("VerifyProgress", VERIFY_PROGRESS), ("VerifyFinished", VERIFY_RESULT)):
        details = signals[name][-1]
        assert (_SECRET & details.keys() == _SECRET) is distances
        assert bool(_SECRET & details.keys()) is distances
        assert details.keys() <= keys.keys()
    assert signals["VerifyProgress"][-1]["light"] == "red"


@pytest.mark.parametrize(("gone", "verdict"), [(False, "matched"), (True, "undecided")])
def test_a_match_is_a_yes_for_a_session_that_is_there_still(
    tmp_path: Path, gone: bool, verdict: str
) -> None:
    matched = replace(RESULT, verdict=Verdict.MATCHED, reason=Reason.RECOGNISED)
    _, told_verdict, *_ = told(tmp_path, 1000, result=matched, gone=gone)["VerifyFinished"]
    assert told_verdict == verdict


def test_a_movement_that_is_asked_for_is_marked_as_such(tmp_path: Path) -> None:
    asked = FrameResult(Guidance.NOD, Verdict.UNDECIDED, asked=True)
    (_, word, details) = told(tmp_path, 1000, frame=asked)["VerifyProgress"]
    assert (word, details) == ("nod", {"challenge": True})
    (_, _, others) = told(tmp_path / "2", 1000)["VerifyProgress"]
    assert "challenge" not in others


def test_a_challenge_is_asked_of_who_is_shown_it(tmp_path: Path) -> None:
    assert told(tmp_path, 1000)["prompts"] == (False,)
    assert told(tmp_path / "2", 1000, prompts=True)["prompts"] == (True,)
