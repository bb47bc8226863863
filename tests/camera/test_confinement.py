"""What the installed unit keeps from the service where systemd can limit everything: see also
tests/machine/test_confinement.py, whose containers have no devices and no limits of memory.
"""

from collections.abc import Iterator

import pytest

from tests.camera.installed import Installed

pytestmark = pytest.mark.slow

_DROP_IN = "/run/systemd/system/facelatch.service.d"
_PROBE = "/opt/facelatch/venv/bin/python -I /mnt/share/checkout/tests/machine/probe.py"
_HARMLESS = {"/dev/full", "/dev/null", "/dev/random", "/dev/urandom", "/dev/zero"}
# systemd lets a closed service make terminals of its own, and root read the clock (ProtectClock=).
_HARMLESS |= {"/dev/ptmx"}
_ROOTS = {"/dev/rtc0"}


@pytest.fixture(autouse=True)
def as_it_was(installed: Installed) -> Iterator[None]:
    """The unit as it was installed, running, in the end."""
    installed.play("owner")
    yield
    installed.machine.call(f"rm -rf {_DROP_IN}; systemctl daemon-reload")
    installed.machine.call("systemctl reset-failed facelatch; systemctl restart facelatch")


def probe(installed: Installed, what: str, *, settings: str = "") -> list[str]:
    """What the probe says in place of the daemon, under the unit with a few other settings."""
    text = f"[Service]\nType=oneshot\nRestart=no\nExecStart=\nExecStart={_PROBE} {what}\n{settings}"
    (installed.machine.share / "probe.conf").write_text(text)
    installed.machine.call(f"mkdir -p {_DROP_IN}; cp /mnt/share/probe.conf {_DROP_IN}/")
    installed.machine.call("systemctl daemon-reload; systemctl restart facelatch", check=False)
    invocation = installed.property("InvocationID")
    installed.machine.call("journalctl", "--sync")
    log = ["journalctl", "--output=cat", "--no-pager", f"_SYSTEMD_INVOCATION_ID={invocation}"]
    return installed.machine.out(*log).splitlines()


@pytest.mark.parametrize("user", ["facelatch", "root"])
def test_no_device_but_cameras_is_opened_not_even_by_root(installed: Installed, user: str) -> None:
    opened = {
        line.removeprefix("opened ")
        for line in probe(installed, "devices", settings=f"User={user}\n")
        if line.startswith("opened ")
    }
    cameras = {path for path in opened if path.startswith("/dev/video")}
    assert len(cameras) == 4
    assert opened - cameras - (_ROOTS if user == "root" else set()) == _HARMLESS


def test_what_it_must_not_do_it_cannot(installed: Installed) -> None:
    said = [line.split(" ", 2) for line in probe(installed, "rights") if line.startswith("must")]
    assert len(said) > 20, said
    assert [line for line in said if (line[0] == "must") != (line[1] == "open")] == []


def test_it_does_not_use_up_the_machine(installed: Installed) -> None:
    assert "a hundred threads are too many" in probe(installed, "threads")
    assert "allocated" not in probe(installed, "memory")
    assert installed.property("Result") == "oom-kill"
