"""What clients are told of an attempt: root may read distances, nobody else any."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from daemon.api import VERIFY_PROGRESS, VERIFY_RESULT, Light, Progress, Reason, Verdict
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

    def start(self, _person: Person, **how: Any) -> object:
        how["on_progress"](FRAME)
        asyncio.get_running_loop().call_soon(how["on_end"], RESULT)
        return object()


class Templates:
    """Ada alone is enrolled."""

    async def load(self, username: str) -> Person:
        return person(username, ADA)


def told(folder: Path, uid: int) -> dict[str, Mapping[str, Any]]:
    """The details of both signals, for an attempt at uid 1000 with details."""

    async def run() -> dict[str, Mapping[str, Any]]:
        service = Service(folder)
        context = service.context
        session = Session("1", "/1", uid, "ada", "seat0", "x11", "user", True, False, False, False)
        sessions = cast(Any, context.sessions)
        sessions.all = (session,)
        context.templates = cast(Any, Templates())
        signals: dict[str, Mapping[str, Any]] = {}
        manager = VerificationManager(
            context,
            cast(Any, Attempts()),
            registry=RequestRegistry(context),
            log=DecisionLog(context),
            signals=cast(
                Any,
                SimpleNamespace(send=lambda _to, name, *values: signals.update({name: values[-1]})),
            ),
        )
        requester = Requester(Caller(":1.5", uid, 99), session, interactive=False)
        await manager.start(requester, Target("ada", 1000, 1), {"details": True})
        await asyncio.sleep(0)
        return signals

    return asyncio.run(run())


@pytest.mark.parametrize(("uid", "distances"), [(0, True), (1000, False)])
def test_distances_are_told_to_root_alone(tmp_path: Path, uid: int, distances: bool) -> None:
    signals = told(tmp_path, uid)
    for name, keys in (("VerifyProgress", VERIFY_PROGRESS), ("VerifyFinished", VERIFY_RESULT)):
        details = signals[name]
        assert (_SECRET & details.keys() == _SECRET) is distances
        assert bool(_SECRET & details.keys()) is distances
        assert details.keys() <= keys.keys()
    assert signals["VerifyProgress"]["light"] == "red"
