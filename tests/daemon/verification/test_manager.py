"""What clients are told of an attempt: root may read distances, nobody else any."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from daemon.api import (
    VERIFY_PROGRESS,
    VERIFY_RESULT,
    Error,
    Guidance,
    Light,
    Progress,
    Reason,
    Verdict,
)
from daemon.dbus.peer import Caller
from daemon.errors import RefusalError
from daemon.policy import Target
from daemon.recognition.results import AttemptResult, FrameResult
from daemon.state.context import Context
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
MATCHED = replace(RESULT, verdict=Verdict.MATCHED, reason=Reason.RECOGNISED)
_SECRET = {"distance", "threshold"}
Happens = Callable[[Context], None]


def _nothing(_context: Context) -> None:
    """All is as it was."""


def _session_ends(context: Context) -> None:
    """Nobody told us yet: only logind knows."""
    cast(Any, context.sessions).all = ()


def _removed(context: Context) -> None:
    """All that is stored of ada, or one of her appearances."""
    context.templates_changed.tell("ada")


def _other_removed(context: Context) -> None:
    """Somebody else's."""
    context.templates_changed.tell("bob")


class Attempts:
    """Tells at once what a frame and an attempt came to."""

    def __init__(
        self, result: AttemptResult, context: Context, *, meanwhile: Happens, frame: FrameResult
    ) -> None:
        self._result = result
        self._frame = frame
        self.prompts: list[bool] = []
        self._context = context
        self._meanwhile = meanwhile

    def start(self, _person: Person, **how: Any) -> object:
        self.prompts.append(how["prompts"]())
        how["on_progress"](self._frame)
        asyncio.get_running_loop().call_soon(self._end, how["on_end"])
        return object()

    def _end(self, on_end: Any) -> None:
        cast(Any, self._context.sessions).fresh = self._asked
        on_end(self._result)

    def stop_all(self, reason: Reason, username: str) -> None:
        """It has ended already."""
        assert reason is Reason.NOT_ENROLLED
        assert username

    async def _asked(self, _session_id: str) -> None:
        self._meanwhile(self._context)


class Templates:
    """Ada alone is enrolled, until she is removed."""

    def __init__(self) -> None:
        self.removed = False

    async def load(self, username: str) -> Person:
        if self.removed:
            raise RefusalError(Error.NOT_ENROLLED, "no face is enrolled")
        return person(username, ADA)


def told(
    folder: Path,
    uid: int,
    *,
    result: AttemptResult = RESULT,
    meanwhile: Happens = _nothing,
    frame: FrameResult = FRAME,
    **options: bool,
) -> dict[str, tuple[Any, ...]]:
    """Both signals of an attempt at uid 1000 with details; `meanwhile` while logind is asked at
    its end.

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
        attempts = Attempts(result, context, meanwhile=meanwhile, frame=frame)
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


@pytest.mark.parametrize(
    ("meanwhile", "verdict", "reason"),
    [
        (_nothing, "matched", "recognised"),
        (_session_ends, "undecided", "inactive-session"),
        (_removed, "undecided", "not-enrolled"),
        (_other_removed, "matched", "recognised"),
    ],
)
def test_a_match_is_a_yes_while_the_session_and_the_templates_are_there_still(
    tmp_path: Path, meanwhile: Happens, verdict: str, reason: str
) -> None:
    ended = told(tmp_path, 1000, result=MATCHED, meanwhile=meanwhile)["VerifyFinished"]
    assert ended[1:3] == (verdict, reason)


def test_a_face_that_is_removed_before_the_attempt_begins_is_not_looked_for(tmp_path: Path) -> None:
    async def run() -> Error:
        service = Service(tmp_path)
        context, templates = service.context, Templates()
        session = Session("1", "/1", 0, "root", "seat0", "x11", "user", True, False, False, False)
        sessions = cast(Any, context.sessions)
        sessions.all = (session,)
        context.templates = cast(Any, templates)

        async def fresh(_session_id: str) -> None:
            templates.removed = True

        sessions.fresh = fresh
        never = cast(Any, None)
        manager = VerificationManager(
            context,
            never,
            registry=RequestRegistry(context),
            log=DecisionLog(context),
            signals=never,
        )
        requester = Requester(Caller(":1.5", 0, 99), session, interactive=False)
        with pytest.raises(RefusalError) as caught:
            await manager.start(requester, Target("ada", 1000, 1), {})
        return caught.value.error

    assert asyncio.run(run()) is Error.NOT_ENROLLED


def test_a_movement_that_is_asked_for_is_marked_as_such(tmp_path: Path) -> None:
    asked = FrameResult(Guidance.NOD, Verdict.UNDECIDED, asked=True)
    (_, word, details) = told(tmp_path, 1000, frame=asked)["VerifyProgress"]
    assert (word, details) == ("nod", {"challenge": True})
    (_, _, others) = told(tmp_path / "2", 1000)["VerifyProgress"]
    assert "challenge" not in others


def test_a_challenge_is_asked_of_who_is_shown_it(tmp_path: Path) -> None:
    assert told(tmp_path, 1000)["prompts"] == (False,)
    assert told(tmp_path / "2", 1000, prompts=True)["prompts"] == (True,)
