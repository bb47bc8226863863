"""The installed service with real cameras, at a real session of seat0."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from daemon.api import Reason, Verdict
from tests.camera.installed import CONSOLE, Installed, wait_for
from tests.waiting import lasting, stays

pytestmark = pytest.mark.slow

COLOUR, INFRARED = "/dev/video0", "/dev/video2"
SLACK = 40.0
"""Seconds that the emulated machine may be late: a frame with a face takes it ten, twenty beside
other work. How soon it is without emulation `scripts/measure-daemon latency` says."""
QUIET = 60.0
"""Seconds in which the owner is let in several times over."""
_CAMERAS = """\
import json
from daemon.camera.identity import identified
from daemon.policy.cameras import Known, usable
from daemon.sources.v4l2 import cameras, stable_name
found = cameras()
print(json.dumps({
    "nodes": [[node.path, node.name, node.infrared] for node in found],
    "names": [stable_name(node.path) for node in found],
    "usable": [one.path for one in usable(map(identified, found), Known(), infrared="prefer")],
}))
"""


_HOLDER = f"""\
from daemon.sources.open import open_source
source = open_source({INFRARED!r})
print("it holds the camera", flush=True)
while source.read() is not None:
    pass
"""


@pytest.fixture(autouse=True)
def owner(installed: Installed) -> Iterator[None]:
    """The owner before both cameras, the session unlocked and on the screen."""
    installed.machine.call("session", "front", CONSOLE)
    installed.unlock()
    installed.play("owner")
    yield
    installed.unlock()


@dataclass(frozen=True)
class Found:
    """What the installed service's own code says of the cameras."""

    nodes: list[tuple[str, str, bool]]
    """Path, name, whether infrared."""
    names: list[str]
    usable: list[str]
    """What `auto` may take before anybody has said which to trust, the first one first."""


def find(service: Installed) -> Found:
    """Looks for cameras, in the machine."""
    (service.machine.share / "cameras.py").write_text(_CAMERAS)
    said = service.machine.out("/opt/facelatch/venv/bin/python", "-I", "/mnt/share/cameras.py")
    return Found(**json.loads(said))


def test_cameras_are_found_by_what_they_are(installed: Installed) -> None:
    there = installed.machine.out("ls /dev/video*").split()
    assert len(there) == 4
    found = find(installed)
    assert [(path, grey) for path, _, grey in found.nodes] == [(COLOUR, False), (INFRARED, True)]
    assert found.usable == [INFRARED, COLOUR]
    assert len(found.names) == len(set(found.names)) == 2
    assert all(name.startswith("/dev/v4l/by-path/") for name in found.names)
    with installed.looking() as attempt:
        assert attempt.status["infrared"]
        assert attempt.status["camera"] == found.names[1]


def test_a_name_makes_no_camera_infrared(installed: Installed) -> None:
    installed.machine.call("cameras unplug")
    labels = 'card_label="Integrated IR Camera,Integrated Camera" exclusive_caps=1,1'
    options = f"options v4l2loopback devices=2 video_nr=0,2 {labels}"
    installed.machine.call(f"echo '{options}' >/etc/modprobe.d/cameras.conf; cameras on")
    try:
        found = find(installed)
        names = {path: (name, grey) for path, name, grey in found.nodes}
        assert names[COLOUR] == ("Integrated IR Camera", False)
        assert names[INFRARED] == ("Integrated Camera", True)
        # Whatever it is called: a loopback plays what somebody feeds it.
        assert found.usable == []
    finally:
        installed.machine.call("cameras off")


def test_the_owner_is_let_in_and_the_camera_let_go(installed: Installed) -> None:
    watcher = "/opt/facelatch/venv/bin/python -I /mnt/share/checkout/tests/camera/watch_nodes.py"
    installed.machine.call(f"systemd-run --quiet --unit=watcher {watcher}")
    try:
        unlocked = installed.count("unlocking")
        with installed.hearing() as heard:
            installed.lock()
            entry = unlocked.wait()
            wait_for(lambda: "Unlock" in heard(), "logind did not say Unlock")
        assert entry["FACELATCH_SESSION"] == installed.session
        wait_for(lambda: not installed.status()["camera-on"], "the camera stays open")
        lasting(2, "what the watcher says last")
        lines = installed.machine.out("journalctl --output=cat --unit=watcher").splitlines()
    finally:
        installed.machine.call("systemctl stop watcher")
    moves = [line.split() for line in lines if "/dev/video" in line]
    assert [(word, path) for _, word, path in moves][-2:] == [
        ("open", INFRARED),
        ("closed", INFRARED),
    ]
    matched = installed.journal("matched")[-1]
    ended = int(matched["__REALTIME_TIMESTAMP"]) / 1e6
    assert float(moves[-1][0]) - ended <= 1.0 + SLACK


def test_a_stranger_is_not(installed: Installed) -> None:
    installed.play("stranger")
    # Emulated, an attempt may end before it has the frames for a no.
    ends = [installed.count(verdict) for verdict in ("not-matched", "undecided")]
    unlocked = installed.count("unlocking")
    installed.lock()
    wait_for(lambda: any(end.new for end in ends), "no attempt at the stranger ends")
    seen = [entry for end in ends for entry in end.new]
    assert any(int(entry["FACELATCH_FRAMES"]) > 0 for entry in seen)
    assert unlocked.new == []


def test_a_camera_of_somebody_else_is_waited_for(installed: Installed) -> None:
    (installed.machine.share / "holder.py").write_text(_HOLDER)
    holder = "/opt/facelatch/venv/bin/python -I /mnt/share/holder.py"
    installed.machine.call(f"systemd-run --quiet --unit=holder {holder}")
    wait_for(
        lambda: "holds" in installed.machine.out("journalctl --unit=holder"), "nothing holds it"
    )
    unlocked = installed.count("unlocking")
    installed.lock()
    wait_for(lambda: "in use" in installed.status()["problem"], "nothing is said")
    assert not installed.status()["camera-on"]
    assert unlocked.new == []
    installed.machine.call("systemctl stop holder")
    unlocked.wait()
    assert installed.status()["problem"] == ""


def test_unplugged_in_the_middle_of_an_attempt(installed: Installed) -> None:
    with installed.looking() as attempt:
        installed.machine.call("cameras unplug")
        # Whichever sees it first: who reads its frames, or who looks which cameras there are.
        verdict, reason = attempt.result()
        assert verdict == Verdict.UNDECIDED
        assert reason in (Reason.CAMERA_LOST, Reason.NO_CAMERA)
    unlocked = installed.count("unlocking")
    installed.lock()
    wait_for(lambda: bool(installed.status()["problem"]), "nothing is said")
    installed.play("owner")
    # Whoever plugs one in while nobody is there may have brought the owner's picture.
    refusal = "plugged in while a session was locked"
    wait_for(lambda: refusal in installed.status()["problem"], "it is not refused")
    assert unlocked.new == []
    installed.unlock()
    installed.lock()
    unlocked.wait()


def test_frozen_in_the_middle_of_an_attempt(installed: Installed) -> None:
    with installed.looking() as attempt:
        installed.machine.call("cameras freeze")
        assert attempt.result() == (Verdict.UNDECIDED, Reason.CAMERA_LOST)
    installed.play("owner")
    unlocked = installed.count("unlocking")
    installed.lock()
    unlocked.wait()


def test_a_session_that_is_not_on_the_screen_stays_locked(installed: Installed) -> None:
    unlocked = installed.count("unlocking")
    installed.machine.call("session", "front", "1")
    on_before = installed.status()["camera-on-seconds"]
    installed.lock()
    stays(lambda: unlocked.new == [], QUIET, "the lock")
    assert installed.status()["camera-on-seconds"] == on_before
    installed.machine.call("session", "front", CONSOLE)
    unlocked.wait()
