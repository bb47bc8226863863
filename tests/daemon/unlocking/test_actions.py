"""By which way a session is unlocked, and what came of it; systemd and logind are tested alive."""

import asyncio

import pytest

from daemon.config import UnlockMethod
from daemon.errors import BusError, UnlockError
from daemon.system.sessions import Session
from daemon.unlocking.actions import Outcome, unit_of, unlock

SESSION = Session(
    id="1",
    path="/1",
    uid=1000,
    username="ada",
    seat="seat0",
    kind="wayland",
    session_class="user",
    active=True,
    remote=False,
    locked=True,
    idle=False,
)
LOGIND = UnlockMethod("logind")
SIGNAL = UnlockMethod("signal", ("swaylock",))
COMMAND = UnlockMethod("command", ("/bin/true",))


class Asked:
    """Stands for logind and systemd: remembers what was asked, in what order."""

    all: tuple[Session, ...] = ()
    lid_closed = False
    docked = False
    asleep = False
    docked = False

    def __init__(self, *, refuses: str = "") -> None:
        self.log: list[str] = []
        self._refuses = refuses

    async def run(self, name: str) -> None:
        self.log.append(name)
        if self._refuses == "systemd":
            raise UnlockError("not today")

    async def unlock(self, session_id: str) -> None:
        self.log.append(session_id)
        if self._refuses == "logind":
            raise BusError("not today")

    async def fresh(self, session_id: str) -> Session | None:
        raise NotImplementedError

    async def of_process(self, pid: int) -> Session | None:
        raise NotImplementedError

    async def refresh_lid(self) -> None:
        raise NotImplementedError

    def unlocked_silently(self, session_id: str) -> None:
        raise NotImplementedError

    def let_sleep(self) -> None:
        raise NotImplementedError


def unlocked(asked: Asked, *methods: UnlockMethod) -> Outcome:
    return asyncio.run(unlock(SESSION, methods, asked, asked))


def test_logind_is_asked_for_the_session() -> None:
    asked = Asked()
    assert unlocked(asked, LOGIND) == Outcome(("logind",), ())
    assert asked.log == ["1"]


def test_one_unit_does_all_that_needs_the_users_rights_before_logind_unlocks() -> None:
    asked = Asked()
    outcome = unlocked(asked, LOGIND, SIGNAL, COMMAND)
    assert asked.log == ["facelatch-unlock@ada.service", "1"]
    assert outcome == Outcome(("signal swaylock", "command /bin/true", "logind"), ())


def test_without_a_method_nothing_is_done() -> None:
    asked = Asked()
    assert unlocked(asked) == Outcome((), ())
    assert asked.log == []


@pytest.mark.parametrize(
    ("refuses", "done"), [("systemd", ("logind",)), ("logind", ("signal swaylock",))]
)
def test_one_that_fails_keeps_no_other_from_working(refuses: str, done: tuple[str, ...]) -> None:
    outcome = unlocked(Asked(refuses=refuses), SIGNAL, LOGIND)
    assert outcome.done == done
    assert len(outcome.problems) == 1
    assert "not today" in outcome.problems[0]


def test_a_name_is_escaped_as_systemd_does() -> None:
    assert unit_of("ada.l-b_2") == r"facelatch-unlock@ada.l\x2db_2.service"


@pytest.mark.parametrize(
    "name", ["", "0", "1000", "a b", "a@b", "a/b", "../x", "-a", ".a", "ada\n", "ä", "%i", "a\\x2d"]
)
def test_a_name_that_could_mean_something_else_is_refused(name: str) -> None:
    with pytest.raises(UnlockError, match="no unit unlocks"):
        unit_of(name)
