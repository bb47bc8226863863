"""What happens in the middle: clients die, machines sleep, cameras go, configurations change."""

import json
import signal
import threading
from pathlib import Path
from typing import Literal

import cv2
import pytest
from dbus_fast import Variant

from daemon.api import Error
from daemon.sources.demo import open_demo
from tests.bus.asking import attempt, begun, finish, refused, short_attempt
from tests.bus.starting import start_python
from tests.bus.world import ME, PATIENCE, UID, Home, World, eventually
from tests.portraits import owner_portrait
from tests.waiting import stays


def status(world: World) -> dict[str, object]:
    """What the daemon says of itself."""
    with world.client() as client:
        found: dict[str, object] = client.call("Status")
        return found


def test_a_client_that_dies_ends_its_attempt(home: Home) -> None:
    home.configure("camera", source='"demo:empty"')
    world = home.start()
    with world.client() as client:
        client.call("StartVerify", "", {"seconds": 60.0})
        eventually(lambda: status(world)["camera-on"], "an open camera")
    eventually(lambda: not status(world)["camera-on"], "a closed camera")
    assert status(world)["requests"] == 0


def test_ten_clients_share_one_attempt(home: Home) -> None:
    world = home.start()
    verdicts: list[str] = []

    def ask() -> None:
        with world.client() as client:
            verdicts.append(attempt(client).verdict)

    askers = [threading.Thread(target=ask) for _ in range(10)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert verdicts == ["matched"] * 10
    entries = eventually(lambda: world.verdicts("matched"), "an entry in the journal")
    assert len(entries) < 10
    assert max(entry["FACELATCH_REQUESTER"].count("uid") for entry in entries) > 1


def test_ten_clients_at_once_and_nine_die(home: Home) -> None:
    home.configure("camera", source='"demo:empty"')
    world = home.start()
    clients = [world.client() for _ in range(10)]
    numbers = [client.call("StartVerify", "", {"seconds": 10.0}) for client in clients]
    for client in clients[1:]:
        client.close()
    with clients[0] as survivor:
        assert finish(survivor, numbers[0]).reason == "no-face"
    assert len(set(numbers)) == 10


def test_suspend_in_the_middle_of_an_attempt(home: Home) -> None:
    home.configure("camera", source='"demo:empty"')
    world = home.start()
    assert world.tell(
        "org.freedesktop.login1",
        "/org/freedesktop/login1",
        "org.freedesktop.login1.Manager",
        "ListInhibitors",
        "",
    )
    with world.client() as client:
        number = client.call("StartVerify", "", {"seconds": 60.0})
        eventually(lambda: status(world)["camera-on"], "an open camera")
        home.sleep(asleep=True)
        assert finish(client, number).reason == "asleep"
        eventually(lambda: not inhibitors(world), "the delay to be given back")
        assert not status(world)["camera-on"]
        with refused(Error.ASLEEP):
            attempt(client)
        home.sleep(asleep=False)
        eventually(lambda: inhibitors(world), "a new delay")
        assert short_attempt(client).reason == "no-face"


def inhibitors(world: World) -> list[object]:
    """Who keeps the machine awake."""
    found: list[object] = world.tell(
        "org.freedesktop.login1",
        "/org/freedesktop/login1",
        "org.freedesktop.login1.Manager",
        "ListInhibitors",
        "",
    )
    return found


def test_the_lid_closes_in_the_middle_of_an_attempt(home: Home) -> None:
    home.configure("camera", source='"demo:empty"')
    world = home.start()
    with world.client() as client:
        number = client.call("StartVerify", "", {"seconds": 60.0})
        eventually(lambda: status(world)["camera-on"], "an open camera")
        world.logind("SetLid", "b", True)
        assert finish(client, number).reason == "lid-closed"
    eventually(lambda: not status(world)["camera-on"], "a closed camera")


def test_the_screen_is_switched_away_in_the_middle_of_an_attempt(home: Home) -> None:
    home.configure("camera", source='"demo:empty"')
    world = home.start()
    with world.client() as client:
        number = client.call("StartVerify", "", {"seconds": 60.0})
        eventually(lambda: status(world)["camera-on"], "an open camera")
        home.set_session("1", Active=Variant("b", False))
        assert finish(client, number).reason == "inactive-session"


def test_logind_dies_and_comes_back(home: Home) -> None:
    home.configure("camera", source='"demo:empty"')
    world = home.start()
    with world.client() as client:
        number = client.call("StartVerify", "", {"seconds": 60.0})
        eventually(lambda: status(world)["camera-on"], "an open camera")
        world.stop_mock("logind")
        assert finish(client, number).verdict == "undecided"
        with refused(Error.NO_SESSION):
            attempt(client)
        world.start_mock("logind")
        with refused(Error.NO_SESSION):
            attempt(client)
        home.log_in("9")
        eventually(lambda: status(world)["sessions"], "the new logind's session")
        assert short_attempt(client).reason == "no-face"
        assert inhibitors(world)


def test_a_session_found_locked_after_logind_came_back_was_locked_by_hand(home: Home) -> None:
    world = home.start()
    assert world.daemon is not None
    world.daemon.send_signal(signal.SIGSTOP)
    world.stop_mock("logind")
    world.start_mock("logind")
    home.log_in("9")
    home.set_session("9", IdleHint=Variant("b", True), LockedHint=Variant("b", True))
    world.daemon.send_signal(signal.SIGCONT)
    with world.client() as client:
        eventually(lambda: client.call("Status")["sessions"], "the session")
        with refused(Error.ABSENCE_NEEDED):
            attempt(client)
    stays(lambda: home.unlocks() == 0, 1.0, "the lock")


def test_a_camera_that_is_lost_and_comes_back(home: Home, tmp_path: Path) -> None:
    clip = tmp_path / "clip.png"
    home.configure("camera", source=f'"{clip}"')
    home.configure("liveness", enabled="false")  # a picture cannot show that it is alive
    home.start()
    home.lock("1")
    stays(lambda: home.unlocks() == 0, 1.0, "the lock")
    eventually(lambda: status(home.world)["state"] == "no-camera", "the camera to be missed")
    part = tmp_path / "part.png"
    assert cv2.imwrite(str(part), owner_portrait())
    part.rename(clip)
    eventually(lambda: home.unlocks() == 1, "the unlock")


def record(who: Literal["owner", "empty"], frames: int, clip: Path) -> None:
    """A clip of the demo, put at its place in one step."""
    part = clip.with_name(f"part-{clip.name}")
    writer = cv2.VideoWriter(str(part), cv2.VideoWriter.fourcc(*"MJPG"), 30.0, (640, 480))
    with open_demo(who, pace=False) as source:
        for _ in range(frames):
            frame = source.read()
            assert frame is not None
            writer.write(frame.image)
    writer.release()
    part.rename(clip)


def test_a_clip_that_ends_begins_again(home: Home, tmp_path: Path) -> None:
    clip, next_clip = tmp_path / "clip.avi", tmp_path / "next.avi"
    record("empty", 5, clip)
    record("owner", 60, next_clip)
    home.configure("camera", source=f'"{clip}"')
    home.configure("requests", attempt_seconds="60.0")
    # Two seconds of a face may be too little where the machine is busy with other things.
    home.configure("liveness", enabled="false")
    with home.start().client() as client:
        number = begun(client, seconds=60.0)
        next_clip.rename(clip)
        assert finish(client, number).verdict == "matched"


def test_reload_good_and_bad(home: Home) -> None:
    world = home.start()
    with world.client() as client:
        assert attempt(client).verdict == "matched"
        home.configure("camera", source='"demo:empty"')
        home.write()
        client.call("Reload")
        assert short_attempt(client).reason == "no-face"
        home.configure("camera", sauce='"demo:owner"')
        home.write()
        with refused(Error.BROKEN_CONFIGURATION):
            client.call("Reload")
        assert "sauce" in client.call("Status")["configuration-problem"]
        assert short_attempt(client).reason == "no-face"
        del home.settings["camera"]["sauce"]
        home.configure("camera", source='"demo:owner"')
        home.write()
        assert world.daemon is not None
        world.daemon.send_signal(signal.SIGHUP)
        eventually(lambda: not status(world)["configuration-problem"], "the reload")
        assert attempt(client).verdict == "matched"


def test_a_broken_configuration_at_start_is_one_clear_line(home: Home) -> None:
    home.configure("camera", sauce='"x"')
    home.write()
    home.world.start = start_python
    home.world.start_daemon(wait=False)
    assert home.world.daemon is not None
    assert home.world.daemon.wait(PATIENCE) == 2
    (line,) = home.world.log.splitlines()
    assert "config.toml" in line
    assert "sauce" in line
    assert "source" in line


def test_a_state_folder_that_others_may_read_is_one_clear_line(home: Home) -> None:
    home.write()
    home.world.state.chmod(0o755)
    home.world.start = start_python
    home.world.start_daemon(wait=False)
    assert home.world.daemon is not None
    assert home.world.daemon.wait(PATIENCE) == 2
    (line,) = home.world.log.splitlines()
    assert "open to other users" in line


def test_who_hears_of_a_failed_attempt_can_no_more_undo_it(home: Home) -> None:
    home.configure("camera", source='"demo:stranger"')
    home.configure("attempts", before_pause="1", first_pause_seconds="600.0")
    world = home.start()
    with world.client() as client:
        assert attempt(client).verdict == "not-matched"
        with refused(Error.ATTEMPTS_PAUSED):
            attempt(client)
        kept = json.loads((world.state / "attempts.json").read_text())
    assert kept["users"][str(UID)]["failures"] == 1


def test_a_lockout_outlives_the_daemon(home: Home) -> None:
    home.configure("camera", source='"demo:stranger"')
    home.configure("attempts", before_pause="1", before_password="2", first_pause_seconds="1.0")  # noqa: S106
    world = home.start()
    with world.client() as client:
        assert attempt(client).verdict == "not-matched"
        eventually(lambda: not client.call("Status")["retry-after-seconds"], "the next attempt")
        assert attempt(client).verdict == "not-matched"
        with refused(Error.LOCKED_OUT):
            attempt(client)
    assert world.stop_daemon(signal.SIGKILL) != 0
    home.configure("camera", source='"demo:owner"')
    home.start()
    with world.client() as client:
        with refused(Error.LOCKED_OUT):
            attempt(client)
        home.lock("1")
        stays(lambda: home.unlocks() == 0, 1.0, "the lock")
        home.set_session("1", LockedHint=Variant("b", False))
        assert status(world)["locked-out"]
        client.call("PasswordUsed", ME)
        assert not status(world)["locked-out"]
        assert attempt(client).verdict == "matched"


def test_giving_up_before_the_no_counts_all_the_same(home: Home) -> None:
    """More than ten frames were compared, which is an attempt, and fewer than the 20 of a no."""
    home.stage("few")
    home.configure("camera", frame_seconds="60.0")
    home.configure("requests", attempt_seconds="60.0")
    world = home.start()
    with world.client() as client:
        number = client.call("StartVerify", "", {})
        eventually((world.folder / "few-shown").exists, "the last frame")
        client.call("StopVerify", number)
        assert finish(client, number).reason == "stopped"
        assert client.call("Status")["failed-attempts"] == 1


def test_many_short_attempts_add_up_to_a_failed_one(home: Home) -> None:
    home.configure("camera", source='"demo:stranger"')
    with home.start().client() as client:
        verdicts = set()

        def another() -> int:
            verdicts.add(attempt(client, seconds=0.2).verdict)
            failed: int = client.call("Status")["failed-attempts"]
            return failed

        eventually(another, "a failed attempt")
        # The one that completes it may be told its verdict.
        assert "undecided" in verdicts
        assert verdicts <= {"undecided", "not-matched"}
        assert client.call("Status")["failed-attempts"] == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_with_a_verdict_for_whoever_waits(home: Home, number: int) -> None:
    home.configure("camera", source='"demo:empty"')
    world = home.start()
    with world.client() as client:
        request = client.call("StartVerify", "", {"seconds": 60.0})
        eventually(lambda: status(world)["camera-on"], "an open camera")
        assert world.stop_daemon(number) == 0
        assert finish(client, request).reason == "stopping"
    assert world.entries[-1]["MESSAGE"] == "stopped"
    assert world.log == ""


def test_the_bus_goes_away(home: Home) -> None:
    world = home.start()
    world.processes[0].kill()
    assert world.daemon is not None
    assert world.daemon.wait(PATIENCE) == 1


def test_two_daemons(home: Home) -> None:
    world = home.start()
    first = world.daemon
    assert first is not None
    world.start_daemon(wait=False)
    assert world.daemon is not None
    assert world.daemon.wait(PATIENCE) == 2
    (line,) = world.log.splitlines()
    assert "another daemon is running" in line
    world.daemon = first
    assert status(world)["state"] == "ready"


def test_models_are_loaded_on_need_and_unloaded_when_idle(home: Home) -> None:
    home.configure("loading", when='"need"', unload_seconds="5")
    world = home.start()
    assert not status(world)["models-loaded"]
    with world.client() as client:
        assert attempt(client).verdict == "matched"
    assert status(world)["models-loaded"]
    eventually(lambda: not status(world)["models-loaded"], "the models to be unloaded")


def test_properties_tell_what_changes(home: Home) -> None:
    world = home.start()
    with world.client() as client:
        assert client.property("State") == "ready"
        assert client.property("Embedder") == "resnet"
        assert client.property("PausedUntil") == 0
        client.call("Pause", 0)
        assert client.property("PausedUntil") == -1
        assert client.property("State") == "paused"
        client.call("Resume")
        assert attempt(client).verdict == "matched"
        eventually(lambda: client.property("CameraOnSeconds") > 0, "the camera's time")


def test_a_pause_until_resumed_outlasts_a_crash(home: Home) -> None:
    world = home.start()
    with world.client() as client:
        client.call("Pause", 0)
    assert world.stop_daemon(signal.SIGKILL) != 0
    home.start()
    with world.client() as client:
        assert client.call("Status")["paused-until"] == -1
        with refused(Error.PAUSED):
            attempt(client)
        client.call("Resume")
        assert attempt(client).verdict == "matched"
