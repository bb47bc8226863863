"""Each user's own switch: off is for everybody and at once, on takes the password."""

from dbus_fast import Variant

from daemon.api import Action, Error
from enroll.template import Appearance
from tests.bus.asking import attempt
from tests.bus.other import as_other, log_in_other, needs_root, other_name
from tests.bus.test_clients import facelatch
from tests.bus.test_unlock import QUIET, only_session
from tests.bus.world import PATIENCE, Home, eventually
from tests.waiting import stays


def test_off_unlocks_nothing_and_verify_works_on(home: Home) -> None:
    world = home.start()
    with world.client() as client:
        client.call("Subscribe")
        client.call("SetUnlocking", False)
        heard = next(iter(client.signals(seconds=PATIENCE)))
        assert heard.values == ("switched", {"unlocking": False})
        assert client.call("Status")["unlocking"] is False
        assert attempt(client).verdict == "matched"
        home.lock("1")
        eventually(lambda: only_session(home)["obstacle"] == "NotEnabled", "the lock")
        stays(lambda: home.unlocks() == 0, QUIET, "the lock")
        assert not only_session(home)["watched"]
        client.call("SetUnlocking", True)
        eventually(lambda: home.unlocks() == 1, "the unlock")


def test_off_in_the_middle_of_a_watch_ends_it(home: Home) -> None:
    home.configure("camera", source='"demo:empty"')
    world = home.start()
    home.lock("1")
    with world.client() as client:
        eventually(lambda: client.call("Status")["sessions"][0]["watched"], "a watch")
        client.call("SetUnlocking", False)
        eventually(lambda: not client.call("Status")["sessions"][0]["watched"], "its end")
        eventually(lambda: not client.call("Status")["camera-on"], "a closed camera")


def test_off_outlives_the_daemon(home: Home) -> None:
    world = home.start()
    assert facelatch(world, "unlocking", "off").stdout == "unlocking is off\n"
    world.stop_daemon(9)
    home.start()
    assert facelatch(world, "unlocking").stdout == "unlocking is off\n"
    home.lock("1")
    stays(lambda: home.unlocks() == 0, QUIET / 2, "the lock")


def test_a_damaged_switch_is_off(home: Home) -> None:
    world = home.start()
    world.stop_daemon()
    (world.state / "switches.json").write_text("{}")
    (world.state / "switches.json").chmod(0o600)
    home.start()
    with world.client() as client:
        assert client.call("Status")["unlocking"] is False
    assert any("wants to be let in" in one["MESSAGE"] for one in world.entries)


@needs_root
def test_on_takes_the_password_off_takes_nothing(home: Home, owner_appearance: Appearance) -> None:
    home.enrol(owner_appearance, other_name())
    world = home.start()
    log_in_other(home)
    off, on, status = as_other(world, ("SetUnlocking", False), ("SetUnlocking", True), ("Status",))
    assert (off.error, on.error) == ("", Error.NOT_AUTHORIZED)
    assert status.value["unlocking"] is False
    world.polkit("SetAllowed", "as", [Action.SWITCH_OWN.value])
    on, status = as_other(world, ("SetUnlocking", True), ("Status",))
    assert (on.error, status.value["unlocking"]) == ("", True)


@needs_root
def test_off_from_afar_but_never_on(home: Home, owner_appearance: Appearance) -> None:
    home.enrol(owner_appearance, other_name())
    world = home.start()
    log_in_other(home)
    world.polkit("SetAllowed", "as", [Action.SWITCH_OWN.value])
    home.set_session("7", Remote=Variant("b", True))
    off, on = as_other(world, ("SetUnlocking", False), ("SetUnlocking", True))
    assert (off.error, on.error) == ("", Error.REMOTE_SESSION)
