"""Lockers that take a signal, and commands: done as the user who was recognised, nobody else."""

import json
from collections.abc import Iterator

import pytest

from tests.machine.machine import MachineError, wait_for
from tests.machine.service import ENVIRONMENT, Service

pytestmark = pytest.mark.slow

PATIENCE = 60.0
LOCKER = "flocktest"
_REFUSED = r"authentication|denied"
_UNIT = "facelatch-unlock@{}.service"
_SYSTEMD = (
    "org.freedesktop.systemd1",
    "/org/freedesktop/systemd1",
    "org.freedesktop.systemd1.Manager",
)
# What a command sees, as JSON in a folder that everybody may write to.
_WITNESS = """\
#!/usr/bin/python3 -I
import json, os, sys
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
facts = {
    "argv": sys.argv[1:],
    "environment": dict(os.environ),
    "uids": os.getresuid(),
    "gids": os.getresgid(),
    "groups": sorted(os.getgroups()),
    "files": [number for number in range(3, 1024) if os.path.exists(f"/proc/self/fd/{number}")],
    "capabilities": [int(status[name], 16) for name in ("CapPrm", "CapEff", "CapBnd", "CapAmb")],
    "no_new_privileges": int(status["NoNewPrivs"]),
    "folder": os.getcwd(),
}
staging = f"/srv/told/.{os.getpid()}"
json.dump(facts, open(staging, "w"))
os.rename(staging, f"/srv/told/{os.environ.get('USER', 'nobody')}")
"""
_METHODS = f'"*" = ["signal {LOCKER}", "logind"]\n'


@pytest.fixture(scope="module")
def lockers(service: Service) -> Service:
    """The service, and a program that ends at SIGUSR1 as lockers do; ada is in a group more."""
    srv = service.machine.root / "srv"
    (srv / "witness").write_text(_WITNESS)
    (srv / "witness").chmod(0o755)
    (srv / "told").mkdir()
    (srv / "told").chmod(0o1777)
    service.machine.call("cp", "/bin/sleep", f"/srv/{LOCKER}")
    service.machine.call("groupadd", "extra")
    service.machine.call("usermod", "--append", "--groups", "extra", "ada")
    return service


@pytest.fixture
def ada(lockers: Service) -> Iterator[str]:
    """A session of ada."""
    session = lockers.log_in("ada")
    yield session
    lockers.log_out(session)
    lockers.machine.call("systemctl", "stop", "locker-*", check=False)


def _locker(service: Service, user: str, *, session: str = "") -> str:
    """Starts a locker of `user`; its unit, which ends with it."""
    unit = f"locker-{user}-{session or 'any'}"
    service.machine.call(
        "systemd-run",
        "--quiet",
        "--collect",
        f"--unit={unit}",
        f"--uid={user}",
        *([f"--setenv=XDG_SESSION_ID={session}"] if session else []),
        f"/srv/{LOCKER}",
        "600",
    )
    return unit


def _runs(service: Service, unit: str) -> bool:
    return service.machine.call("systemctl", "is-active", unit, check=False).returncode == 0


def _told(service: Service, user: str) -> dict[str, object] | None:
    file = service.machine.root / "srv/told" / user
    found: dict[str, object] | None = json.loads(file.read_text()) if file.exists() else None
    return found


def test_the_owners_locker_gets_its_signal_and_nobody_elses(lockers: Service, ada: str) -> None:
    # Without logind, so that nothing but the locker's going tells that the session is unlocked.
    lockers.film("ada", methods=f'"*" = ["signal {LOCKER}"]\n')
    own, other = _locker(lockers, "ada"), _locker(lockers, "bob")
    elsewhere = _locker(lockers, "ada", session="another")
    lockers.lock(ada, idle=True, hinted=False)
    wait_for(lambda: not _runs(lockers, own), PATIENCE, "no signal to the locker of ada")
    wait_for(lambda: bool(_unlocked(lockers, ada)), PATIENCE, "no entry in the journal")
    assert _runs(lockers, other)
    assert _runs(lockers, elsewhere)
    assert f"signal {LOCKER}" in _unlocked(lockers, ada)[-1]["MESSAGE"]
    (session,) = lockers.ask("Status", user="ada")[0]["sessions"]
    assert not session["locked"]
    assert not session["watched"]


def _unlocked(service: Service, session: str) -> list[dict[str, str]]:
    entries = service.journal("FACELATCH_VERDICT=unlocked")
    return [one for one in entries if one["FACELATCH_SESSION"] == session]


def test_a_stranger_signals_nobody(lockers: Service, ada: str) -> None:
    lockers.film("bob", methods=_METHODS)
    own, other = _locker(lockers, "ada"), _locker(lockers, "bob")
    refused = len(lockers.journal("FACELATCH_VERDICT=not-matched"))
    lockers.lock(ada, idle=True)
    wait_for(
        lambda: len(lockers.journal("FACELATCH_VERDICT=not-matched")) > refused,
        PATIENCE,
        "no attempt",
    )
    assert _runs(lockers, own)
    assert _runs(lockers, other)


def test_a_command_runs_as_the_user_and_inherits_nothing(lockers: Service, ada: str) -> None:
    lockers.film("ada", methods="ada = [\"command /srv/witness 'a b' $HOME\"]\n")
    lockers.lock(ada, idle=True)
    lockers.hint(ada, locked=True)
    wait_for(lambda: _told(lockers, "ada") is not None, PATIENCE, "no command was run")
    told = _told(lockers, "ada") or {}
    uid, gid, extra = (
        int(lockers.machine.out(*command))
        for command in (
            ("id", "-u", "ada"),
            ("id", "-g", "ada"),
            ("sh", "-c", "getent group extra | cut -d: -f3"),
        )
    )
    assert told["argv"] == ["a b", "$HOME"]
    assert told["uids"] == [uid] * 3
    assert told["gids"] == [gid] * 3
    assert told["groups"] == sorted([gid, extra])
    assert told["files"] == []
    assert told["capabilities"] == [0] * 4
    assert told["no_new_privileges"] == 1
    assert told["folder"] == "/"
    assert told["environment"] == {
        "HOME": "/home/ada",
        "USER": "ada",
        "LOGNAME": "ada",
        "SHELL": "/bin/sh",
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "XDG_RUNTIME_DIR": f"/run/user/{uid}",
        "DBUS_SESSION_BUS_ADDRESS": f"unix:path=/run/user/{uid}/bus",
        "XDG_SESSION_ID": ada,
        "FACELATCH_USER": "ada",
        "FACELATCH_SESSION": ada,
        "LC_CTYPE": "C.UTF-8",  # what Python itself adds to the environment of its own process
    }


def _start(service: Service, unit: str, *, user: str, member: str = "StartUnit") -> None:
    """Asks systemd as `user`; raises MachineError where it refuses."""
    service.machine.call("busctl", "call", *_SYSTEMD, member, "ss", unit, "fail", user=user)


@pytest.mark.parametrize("user", ["ada", "bob", "www-data", "games"])
def test_nobody_else_starts_it(lockers: Service, user: str) -> None:
    for unit in (_UNIT.format("ada"), _UNIT.format(user)):
        with pytest.raises(MachineError, match=_REFUSED):
            _start(lockers, unit, user=user)


@pytest.mark.parametrize(
    ("unit", "member"),
    [
        (_UNIT.format("ada"), "StartUnit"),
        (_UNIT.format("root"), "StartUnit"),
        (_UNIT.format("0"), "StartUnit"),
        (_UNIT.format("1000"), "StartUnit"),
        (_UNIT.format(r"a\x2fb"), "StartUnit"),
        (_UNIT.format("ada"), "StopUnit"),
        (_UNIT.format("ada"), "RestartUnit"),
        (_UNIT.format("ada"), "ReloadUnit"),
        ("facelatch.service", "StartUnit"),
        ("facelatch.service", "StopUnit"),
        ("systemd-poweroff.service", "StartUnit"),
    ],
)
@pytest.mark.parametrize("user", ["facelatch", "facelatch-unlocker"])
def test_neither_service_nor_unlocker_starts_anything(
    lockers: Service, unit: str, member: str, user: str
) -> None:
    with pytest.raises(MachineError, match=_REFUSED):
        _start(lockers, unit, user=user, member=member)


@pytest.mark.parametrize("user", ["facelatch", "facelatch-unlocker"])
def test_neither_makes_a_unit_of_its_own(lockers: Service, user: str) -> None:
    call = ("busctl", "call", *_SYSTEMD, "StartTransientUnit", "ssa(sv)a(sa(sv))")
    command = ("1", "ExecStart", "a(sasb)", "1", "/bin/true", "1", "true", "false", "0")
    for unit in (_UNIT.format("ada"), "mine.service"):
        with pytest.raises(MachineError):
            lockers.machine.call(*call, unit, "fail", *command, user=user)
    properties = ("SetUnitProperties", "sba(sv)", _UNIT.format("ada"), "true", "0")
    with pytest.raises(MachineError):
        lockers.machine.call("busctl", "call", *_SYSTEMD, *properties, user=user)


def _asked(service: Service, user: str, *, by: str = "facelatch-unlocker") -> str:
    """What the unit of `user` answers where `by` connects to its socket; "" where it worked."""
    done = service.machine.call(
        *("setpriv", f"--reuid={by}", f"--regid={by}", "--init-groups"),
        *(f"{ENVIRONMENT}/bin/python", "-I", "-c", _CONNECT, user),
        check=False,
    )
    return done.stdout + done.stderr


_CONNECT = """
import sys
from daemon.unlocker.user_unit import unlock_as
try:
    unlock_as(sys.argv[1])
except Exception as error:
    print(error)
"""


def test_only_the_unlocker_reaches_it(lockers: Service, ada: str) -> None:
    lockers.film("nobody", methods=_METHODS)
    lockers.hint(ada, locked=True)
    own = _locker(lockers, "ada")
    for user in ("facelatch", "bob", "ada"):
        assert "Permission denied" in _asked(lockers, "ada", by=user)
    assert _runs(lockers, own)


def test_it_believes_nobody(lockers: Service, ada: str) -> None:
    """A service that somebody took over can have nothing done but to who sits here, locked."""
    lockers.film("nobody", methods='"*" = ["signal flocktest", "command /srv/witness"]\n')
    for user in ("ada", "bob"):
        (lockers.machine.root / "srv/told" / user).unlink(missing_ok=True)
    other = _locker(lockers, "bob")
    assert "0 sessions on screens" in _asked(lockers, "bob")
    assert _runs(lockers, other)
    said = _asked(lockers, "ada")
    assert f"{LOCKER} does not run" in said
    assert "does not say that it is locked" in said
    assert _told(lockers, "ada") is None
    lockers.hint(ada, locked=True)
    assert _asked(lockers, "ada") == ""
    assert _told(lockers, "ada") is not None
    assert _told(lockers, "bob") is None


def test_only_for_who_is_named(lockers: Service, ada: str) -> None:
    lockers.hint(ada, locked=True)
    (lockers.machine.root / "srv/told/ada").unlink(missing_ok=True)
    lockers.film("nobody", methods='bob = ["command /srv/witness"]\n')
    lockers.machine.call("systemctl", "start", "facelatch-unlock@ada.socket")
    assert "names nothing to be done as ada" in _asked(lockers, "ada")
    assert "is not there" in _asked(lockers, "games")
    assert _told(lockers, "ada") is None
