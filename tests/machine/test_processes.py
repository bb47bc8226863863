"""The three processes: what could be done by who took one over, and what their deaths do."""

import json
from collections.abc import Iterator

import pytest

from tests.machine.machine import MachineError, wait_for
from tests.machine.service import ENVIRONMENT, Service

pytestmark = pytest.mark.slow

PATIENCE = 60.0
_SOCKETS = ("/run/facelatch-camera", "/run/facelatch-unlocker")
_UNITS = ("facelatch-camera", "facelatch-unlocker", "facelatch")
_ASK = """
import json, socket, sys
from daemon.unlocker.protocol import Answer, Request
for uid, session in json.loads(sys.argv[1]):
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as connection:
        connection.connect("/run/facelatch-unlocker")
        connection.send(Request(uid, session).pack())
        answer = Answer.unpack(connection.recv(4096))
        print(answer.code.name, answer.text)
"""
_CONNECT = """
import socket, sys
socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET).connect(sys.argv[1])
"""
_PYTHON = (f"{ENVIRONMENT}/bin/python", "-I", "-c")


def _as(service: Service, user: str, *command: str) -> str:
    return service.machine.out(
        "setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups", *command
    )


def _ask(service: Service, *requests: tuple[int, str]) -> list[str]:
    """What the unlocker answers the service's own user, who asks for these."""
    return _as(service, "facelatch", *_PYTHON, _ASK, json.dumps(requests)).splitlines()


def _unlocks(service: Service, session: str) -> int:
    """How often the service wrote down that it told this session to unlock."""
    entries = service.journal("FACELATCH_VERDICT=unlocking")
    return sum(one["FACELATCH_SESSION"] == session for one in entries)


def _uid(service: Service, user: str) -> int:
    return int(service.machine.out("id", "-u", user))


@pytest.fixture
def ada(service: Service) -> Iterator[str]:
    """A locked session of ada, before an empty chair."""
    service.film("nobody")
    session = service.log_in("ada")
    # Left alone, not locked by hand.
    service.idle(session, idle=True)
    service.hint(session, locked=True)
    yield session
    service.log_out(session)


def test_whoever_owns_the_service_unlocks_no_session_of_root_or_of_elsewhere(
    service: Service, ada: str
) -> None:
    uid = _uid(service, "ada")
    root = service.log_in("root")
    far = service.log_in("bob", "XDG_SESSION_TYPE=tty", "XDG_SESSION_CLASS=user")
    service.hint(root, locked=True)
    asked = [(0, root), (uid, root), (0, ada), (_uid(service, "bob"), ada), (uid, "99999")]
    asked += [(_uid(service, "bob"), far)]
    answers = _ask(service, *asked)
    assert [answer.split()[0] for answer in answers] == ["REFUSED"] * len(asked), answers
    service.log_out(root, far)


def test_nor_one_that_is_not_locked_and_none_too_often(service: Service, ada: str) -> None:
    uid = _uid(service, "ada")
    service.hint(ada, locked=False)
    assert "does not say that it is locked" in _ask(service, (uid, ada))[0]
    service.hint(ada, locked=True)
    first, second = _ask(service, (uid, ada), (uid, ada))
    assert first.startswith("UNLOCKED")
    assert second == "REFUSED too many unlocks in a short time"


@pytest.mark.parametrize("path", _SOCKETS)
@pytest.mark.parametrize("user", ["ada", "bob", "www-data"])
def test_nobody_but_the_service_reaches_the_others(service: Service, path: str, user: str) -> None:
    with pytest.raises(MachineError, match="PermissionError"):
        _as(service, user, *_PYTHON, _CONNECT, path)


def test_the_camera_worker_has_no_bus_no_template_and_no_socket(service: Service) -> None:
    service.ask("Status")
    wait_for(lambda: _pid(service, "facelatch-camera") != "", PATIENCE, "no camera worker")
    for path in ("/run/dbus/system_bus_socket", "/var/lib/facelatch/templates", _SOCKETS[1]):
        inside = ("nsenter", "-t", _pid(service, "facelatch-camera"), "-m")
        done = service.machine.call(
            *inside,
            *("setpriv", "--reuid=61500", "--regid=61500", "--clear-groups"),
            *("test", "-r", path, "-o", "-w", path),
            check=False,
        )
        assert done.returncode != 0, path


def _pid(service: Service, unit: str) -> str:
    pid = service.machine.out("systemctl", "show", "--value", "--property=MainPID", unit).strip()
    return "" if pid == "0" else pid


def _is_up(service: Service) -> bool:
    active = service.machine.call("systemctl", "is-active", "facelatch", check=False)
    return (
        active.returncode == 0
        and service.asked("Status", "", heard="", user="root").returncode == 0
    )


@pytest.mark.parametrize("unit", _UNITS)
def test_a_process_that_is_killed_unlocks_nothing_and_comes_back(
    service: Service, ada: str, unit: str
) -> None:
    # Its owner is being watched for: the worker has the camera open.
    wait_for(lambda: bool(service.ask("Status")[0]["camera-on"]), PATIENCE, "nobody watches")
    _kill(service, unit)
    wait_for(lambda: _is_up(service), PATIENCE, f"{unit} does not come back")
    assert _unlocks(service, ada) == 0
    if unit == "facelatch":
        # Found locked counts as locked by hand: who locked it is not known after a restart.
        assert "camera-on" in service.ask("Status")[0]
        return
    service.film("ada")
    wait_for(lambda: _unlocks(service, ada) > 0, PATIENCE, f"no unlock after {unit} was killed")


def _signal(service: Service, unit: str, signal: str) -> None:
    service.machine.call("systemctl", "kill", f"--signal={signal}", unit, check=False)


def _kill(service: Service, unit: str) -> None:
    """Returns once systemd knows that it has gone: before, it still counts as running."""
    pid = _pid(service, unit)
    _signal(service, unit, "KILL")
    wait_for(lambda: pid in ("", "0") or _pid(service, unit) != pid, PATIENCE, f"{unit} lives on")


def _matched(service: Service) -> int:
    return len(service.journal("FACELATCH_VERDICT=matched"))


def _lock_again(service: Service, session: str) -> None:
    """Somebody has unlocked it by the password, and it locks itself again."""
    service.hint(session, locked=False)
    service.hint(session, locked=True)


@pytest.mark.parametrize("unit", _UNITS)
def test_one_that_is_killed_before_anybody_is_watched_for_is_there_when_it_is_needed(
    service: Service, ada: str, unit: str
) -> None:
    service.hint(ada, locked=False)
    wait_for(lambda: not service.ask("Status")[0]["camera-on"], PATIENCE, "the camera stays open")
    _kill(service, unit)
    wait_for(lambda: _is_up(service), PATIENCE, f"{unit} does not come back")
    service.film("ada")
    service.hint(ada, locked=True)
    wait_for(lambda: _unlocks(service, ada) > 0, PATIENCE, f"no unlock after {unit} was killed")


@pytest.mark.parametrize("unit", _UNITS)
def test_one_that_is_killed_after_a_match_while_an_unlock_is_asked_for(
    service: Service, ada: str, unit: str
) -> None:
    before = _matched(service)
    # It runs, and answers nobody: what it is asked for waits.
    _ask(service, (0, ada))
    _signal(service, "facelatch-unlocker", "STOP")
    try:
        service.film("ada")
        wait_for(lambda: _matched(service) > before, PATIENCE, "nobody is recognised")
        assert _unlocks(service, ada) == 0
        _kill(service, unit)
    finally:
        _signal(service, "facelatch-unlocker", "CONT")
    wait_for(lambda: _is_up(service), PATIENCE, f"{unit} does not come back")
    if unit == "facelatch":
        # The next service knows nothing of the match: nothing goes on by itself.
        assert "camera-on" in service.ask("Status")[0]
        assert _unlocks(service, ada) == 0
        # It would remember that it has unlocked this session a moment ago.
        _kill(service, "facelatch-unlocker")
        _lock_again(service, ada)
    wait_for(lambda: _unlocks(service, ada) > 0, PATIENCE, f"no unlock after {unit} was killed")


@pytest.mark.parametrize("unit", _UNITS)
def test_one_that_is_killed_after_an_unlock_unlocks_nothing_more(
    service: Service, ada: str, unit: str
) -> None:
    service.film("ada")
    wait_for(lambda: _unlocks(service, ada) > 0, PATIENCE, "no unlock")
    service.hint(ada, locked=False)
    before = _unlocks(service, ada)
    _kill(service, unit)
    wait_for(lambda: _is_up(service), PATIENCE, f"{unit} does not come back")
    assert "camera-on" in service.ask("Status")[0]
    assert _unlocks(service, ada) == before
