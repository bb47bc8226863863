"""What the installed unit keeps from the service where systemd can limit everything: see also
tests/machine/test_confinement.py, whose containers have no devices and no limits of memory.
"""

from collections.abc import Iterator

import pytest

from tests.camera.installed import Installed

pytestmark = pytest.mark.slow

SERVICE, WORKER = "facelatch", "facelatch-camera"
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
    folders = " ".join(map(_drop_in, (SERVICE, WORKER)))
    installed.machine.call(f"rm -rf {folders}; systemctl daemon-reload")
    installed.machine.call(f"systemctl reset-failed {SERVICE} {WORKER}; systemctl stop {WORKER}")
    installed.machine.call(f"systemctl restart {WORKER}.socket {SERVICE}")


def _drop_in(unit: str) -> str:
    return f"/run/systemd/system/{unit}.service.d"


def probe(installed: Installed, what: str, *, unit: str = SERVICE, settings: str = "") -> list[str]:
    """What the probe says in place of a process, under its unit with a few other settings."""
    text = f"[Service]\nType=oneshot\nRestart=no\nExecStart=\nExecStart={_PROBE} {what}\n{settings}"
    (installed.machine.share / "probe.conf").write_text(text)
    folder = _drop_in(unit)
    installed.machine.call(f"mkdir -p {folder}; cp /mnt/share/probe.conf {folder}/")
    installed.machine.call(f"systemctl daemon-reload; systemctl restart {unit}", check=False)
    invocation = installed.property("InvocationID", unit)
    installed.machine.call("journalctl", "--sync")
    log = ["journalctl", "--output=cat", "--no-pager", f"_SYSTEMD_INVOCATION_ID={invocation}"]
    return installed.machine.out(*log).splitlines()


@pytest.mark.parametrize(("unit", "nodes"), [(SERVICE, 0), (WORKER, 4)])
@pytest.mark.parametrize("user", ["", "root"])
def test_no_device_is_opened_but_cameras_by_the_worker_not_even_by_root(
    installed: Installed, unit: str, nodes: int, user: str
) -> None:
    settings = f"DynamicUser=no\nUser={user}\n" if user else ""
    opened = {
        line.removeprefix("opened ")
        for line in probe(installed, "devices", unit=unit, settings=settings)
        if line.startswith("opened ")
    }
    cameras = {path for path in opened if path.startswith("/dev/video")}
    assert len(cameras) == nodes
    assert opened - cameras - (_ROOTS if user == "root" else set()) == _HARMLESS


def test_what_it_must_not_do_it_cannot(installed: Installed) -> None:
    said = [line.split(" ", 2) for line in probe(installed, "rights") if line.startswith("must")]
    assert len(said) > 20, said
    assert [line for line in said if (line[0] == "must") != (line[1] == "open")] == []


def test_it_does_not_use_up_the_machine(installed: Installed) -> None:
    assert "a hundred threads are too many" in probe(installed, "threads")
    assert "allocated" not in probe(installed, "memory")
    assert installed.property("Result") == "oom-kill"
