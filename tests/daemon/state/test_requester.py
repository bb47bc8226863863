"""Who asks, by what is known now: a session that is gone is a refusal."""

import asyncio
from dataclasses import replace
from typing import Any, cast

import pytest

from daemon import policy
from daemon.api import Error
from daemon.dbus.peer import Caller
from daemon.errors import RefusalError
from daemon.state.requester import Requester, read_again
from daemon.system.sessions import Session

SESSION = Session("1", "/1", 1000, "ada", "seat0", "x11", "user", True, False, False, False)


class Known:
    """Sessions that logind changed its mind about: `all` is old until one is read afresh."""

    def __init__(self, before: Session, after: Session | None) -> None:
        self.all: tuple[Session, ...] = (before,)
        self._after = after

    async def fresh(self, session_id: str) -> Session | None:
        assert session_id == "1"
        self.all = () if self._after is None else (self._after,)
        return self._after


def asked(after: Session | None) -> policy.Caller:
    requester = Requester(Caller(":1.5", 1000, 99), SESSION, interactive=True)
    return asyncio.run(read_again(requester, cast(Any, Known(SESSION, after))))


def test_it_is_read_again() -> None:
    away = replace(SESSION, active=False)
    assert asked(away) == policy.Caller(1000, away)


@pytest.mark.parametrize("after", [None, replace(SESSION, uid=1001), replace(SESSION, path="/2")])
def test_a_session_that_is_gone_is_a_refusal(after: Session | None) -> None:
    """Also where another has its number since."""
    with pytest.raises(RefusalError) as caught:
        asked(after)
    assert caught.value.error is Error.NO_SESSION


def test_a_process_that_has_ended_is_a_refusal() -> None:
    class Ended:
        ended = True

    requester = Requester(Caller(":1.5", 1000, 99, cast(Any, Ended())), None, interactive=True)
    with pytest.raises(RefusalError) as caught:
        requester.now(cast(Any, Known(SESSION, SESSION)))
    assert caught.value.error is Error.NOT_PERMITTED


def test_who_belongs_to_no_session_stands_where_it_stood() -> None:
    requester = Requester(Caller(":1.5", 0, 99), None, interactive=True, slice_uid=1000)
    known = cast(Any, Known(SESSION, SESSION))
    assert asyncio.run(read_again(requester, known)) == policy.Caller(0, None, 1000)
