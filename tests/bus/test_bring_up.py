"""Two people logged in: the session of who sits there comes to the screen, for them to open."""

from dbus_fast import Variant

from tests.bus.test_unlock import QUIET
from tests.bus.world import UID, Home, eventually
from tests.waiting import stays


def _two(home: Home) -> None:
    """My locked session in the back, somebody else's locked one on the screen; I sit there."""
    home.log_in("2", uid=UID + 1, username="somebody")
    home.set_session("1", Active=Variant("b", False), Type=Variant("s", "wayland"))
    home.lock("1")
    home.lock("2")


def _brought(home: Home) -> list[str]:
    entries = [str(one.get("MESSAGE")) for one in home.world.entries]
    return [one for one in entries if "is brought to the screen" in one]


def test_it_is_brought_up_locked_and_opened_by_its_own_rules(home: Home) -> None:
    home.configure("switch", on_face="true")
    home.start()
    _two(home)
    (said,) = eventually(lambda: _brought(home), "that it is brought up")
    assert "session 1" in said
    assert home.unlocks() == 0
    # What the agent of the other session has logind do.
    home.set_session("2", Active=Variant("b", False))
    home.set_session("1", Active=Variant("b", True))
    eventually(lambda: home.unlocks() == 1, "the unlock")


def test_not_unless_it_is_asked_for(home: Home) -> None:
    home.start()
    _two(home)
    stays(lambda: not _brought(home) and home.unlocks() == 0, QUIET, "both sessions")
