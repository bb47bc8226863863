"""Locked sessions and who comes before the camera: the real daemon, a logind that does as told."""

import signal
from typing import Any

from dbus_fast import Variant

from tests.bus.world import ME, PATIENCE, UID, Home, eventually
from tests.waiting import lasting, stays

QUIET = 2.5
"""Seconds in which an owner would long have been let in."""


def test_the_owner_of_a_locked_session_is_let_in(home: Home) -> None:
    world = home.start()
    with world.client() as client:
        client.call("Subscribe")
        home.lock("1")
        unlocked = next(
            one for one in client.signals(seconds=PATIENCE) if one.values[0] == "unlocked"
        )
    assert home.unlocks() == 1
    assert unlocked.name == "Event"
    assert unlocked.values[1]["session"] == "1"
    # Asked for is not done: only a locker that has gone has unlocked.
    assert world.verdicts("unlocked") == []
    home.unlocked("1")
    (entry,) = eventually(lambda: world.verdicts("unlocked"), "an entry in the journal")
    assert entry["FACELATCH_USER"] == ME
    assert entry["FACELATCH_SESSION"] == "1"


def test_a_stranger_is_never_let_in(home: Home) -> None:
    home.configure("camera", source='"demo:stranger"')
    world = home.start()
    home.lock("1")
    eventually(lambda: world.verdicts("not-matched"), "an attempt at the stranger")
    stays(lambda: home.unlocks() == 0, QUIET, "the lock")


def test_the_session_of_somebody_else_stays_locked(home: Home) -> None:
    home.start()
    home.log_in("2", uid=UID + 1, username="somebody")
    home.lock("2")
    stays(lambda: home.unlocks() == 0, QUIET, "the lock")


def test_a_session_that_is_not_locked_is_not_looked_at(home: Home) -> None:
    world = home.start()
    with world.client() as client:

        def seen() -> tuple[float, int]:
            status = client.call("Status")
            return status["camera-on-seconds"], status["damaged-pictures"]

        stays(lambda: seen() == (0.0, 0), QUIET / 2, "a camera that is off")
    assert home.unlocks() == 0


def test_remote_and_inactive_sessions_stay_locked(home: Home) -> None:
    home.set_session("1", Active=Variant("b", False))
    home.log_in("2")
    home.set_session("2", Remote=Variant("b", True))
    home.start()
    home.lock("1")
    home.lock("2")
    stays(lambda: home.unlocks() == 0, QUIET, "the lock")


def test_a_session_that_comes_to_the_screen_is_let_in(home: Home) -> None:
    home.set_session("1", Active=Variant("b", False))
    home.start()
    home.lock("1")
    stays(lambda: home.unlocks() == 0, 0.5, "the lock")
    home.set_session("1", Active=Variant("b", True))
    eventually(lambda: home.unlocks() == 1, "the unlock")


def test_after_locking_by_hand_an_absence_must_be_seen(home: Home) -> None:
    home.start()
    home.lock("1", idle=False)
    eventually(lambda: _is_held(home), "a lock by hand")
    eventually(lambda: only_session(home)["watched"], "a watch")
    stays(lambda: home.unlocks() == 0, QUIET, "the lock")
    assert _is_held(home)


def test_an_unlock_and_a_lock_by_hand_that_come_together_are_two(home: Home) -> None:
    """A service that is slow to hear reads the session when it is locked again."""
    world = home.start()
    home.lock("1")
    eventually(lambda: home.unlocks() == 1, "the unlock")
    assert world.daemon is not None
    world.daemon.send_signal(signal.SIGSTOP)
    home.unlocked("1")
    home.lock("1", idle=False)
    world.daemon.send_signal(signal.SIGCONT)
    eventually(lambda: _is_held(home), "a lock by hand")
    (entry,) = eventually(lambda: world.verdicts("unlocked"), "the unlocking in the journal")
    assert entry["FACELATCH_SESSION"] == "1"
    assert home.unlocks() == 1


def test_after_an_absence_the_owner_is_let_in_again(home: Home) -> None:
    # The story: a stranger, then the owner; the stranger's time is an absence of the owner.
    home.configure("camera", source='"demo:story"')
    home.start()
    home.lock("1", idle=False)
    eventually(lambda: home.unlocks() == 1, "the unlock")


def test_the_signal_of_a_lock_is_enough(home: Home) -> None:
    # A locker that listens to logind but never says that it has locked.
    home.configure("unlock", without_hint="true")
    home.start()
    home.set_session("1", IdleHint=Variant("b", True))
    signal_lock(home)
    eventually(lambda: home.unlocks() == 1, "the unlock")
    eventually(lambda: not _locked(home), "the end of the lock")


def test_locking_by_hand_holds_for_a_locker_that_sets_no_hint(home: Home) -> None:
    # It was locked while nobody was there; its user typed the password, of which nobody heard, and
    # now locks by hand.
    world = home.start()
    with world.client() as client:
        client.call("Pause", 0)
        home.set_session("1", IdleHint=Variant("b", True))
        signal_lock(home)
        eventually(lambda: _locked(home), "the lock")
        home.set_session("1", IdleHint=Variant("b", False))
        signal_lock(home)
        client.call("Resume")
    eventually(lambda: _is_held(home), "a lock by hand")
    stays(lambda: home.unlocks() == 0, QUIET, "the lock")
    assert _is_held(home)


def signal_lock(home: Home) -> None:
    """logind asks the locker to lock."""
    path = "/org/freedesktop/login1/session/1"
    home.world.tell("org.freedesktop.login1", path, "org.freedesktop.login1.Session", "Lock", "")


def test_without_the_hint_the_unlocker_wants_root_s_word(home: Home) -> None:
    world = home.start()
    home.set_session("1", IdleHint=Variant("b", True))
    signal_lock(home)
    log = world.folder / "unlocker.log"
    eventually(lambda: log.exists() and "refused" in log.read_text(), "the refusal")
    assert "does not say that it is locked" in log.read_text()
    assert home.unlocks() == 0


def only_session(home: Home) -> dict[str, Any]:
    """What the service says of the only session."""
    with home.world.client() as client:
        (session,) = client.call("Status")["sessions"]
    return dict(session)


def _is_held(home: Home) -> bool:
    return bool(only_session(home)["obstacle"] == "AbsenceNeeded")


def _locked(home: Home) -> bool:
    return bool(only_session(home)["locked"])


def test_a_signal_of_somebody_else_unlocks_and_locks_nothing(home: Home) -> None:
    from dbus_fast import Message, MessageType

    from tests.bus.peer import Peer

    world = home.start()
    with world.client() as client:
        service = client._owner
    with Peer(world.address) as peer:
        peer.send(
            Message(
                service,
                "/org/freedesktop/login1/session/1",
                "org.freedesktop.login1.Session",
                "Lock",
                message_type=MessageType.SIGNAL,
            )
        )
    stays(lambda: not _locked(home), 0.5, "the unlocked session")


def test_an_absence_of_frames_is_no_absence_of_the_owner(home: Home) -> None:
    world = home.start()
    home.lock("1", idle=False)
    lasting(0.5, "some frames of the owner")
    with world.client() as client:
        client.call("Pause", 0)
        lasting(1.0, "more than the absence that is asked for")
        client.call("Resume")
    stays(lambda: home.unlocks() == 0, QUIET, "the lock")


def test_a_password_clears_the_failed_attempts(home: Home) -> None:
    home.configure("camera", source='"demo:stranger"')
    home.configure("attempts", before_pause="1", before_password="1")  # noqa: S106
    world = home.start()
    home.lock("1")
    eventually(lambda: _locked_out(home), "the lockout")
    # What any program of the user's can do is no password.
    home.set_session("1", LockedHint=Variant("b", False))
    with world.client() as client:
        client.call("Wake")
        client.call("Pause", 1)
        client.call("Resume")
        assert _locked_out(home)
        client.call("PasswordUsed", ME)
    eventually(lambda: not _locked_out(home), "the end of the lockout")
    assert world.log == ""


def _locked_out(home: Home) -> bool:
    with home.world.client() as client:
        return bool(client.call("Status")["locked-out"])
