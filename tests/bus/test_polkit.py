"""What polkit's yes allows an ordinary user, and nothing more than that."""

from daemon.api import Action, Error
from enroll.template import Appearance
from tests.bus.other import Said, as_other, log_in_other, needs_root, other_name
from tests.bus.test_denials import ask
from tests.bus.world import ME, Home, World, eventually

pytestmark = needs_root


def enrolled(home: Home, appearance: Appearance) -> World:
    """The other user is enrolled and sits at the machine."""
    home.enrol(appearance, other_name())
    world = home.start()
    log_in_other(home)
    return world


def names(said: Said) -> list[str]:
    """The names of the appearances in an answer."""
    assert said.error == "", said
    return [one["name"] for one in said.value]


def test_own_appearances_are_edited_with_ones_own_password(
    home: Home, owner_appearance: Appearance
) -> None:
    world = enrolled(home, owner_appearance)
    (no,) = as_other(world, ("RenameAppearance", "", "default", "glasses"))
    assert no.error == Error.NOT_AUTHORIZED
    world.polkit("SetAllowed", "as", [Action.EDIT_OWN.value])
    renamed, listed, foreign = as_other(
        world,
        ("RenameAppearance", "", "default", "glasses"),
        ("ListAppearances", ""),
        ("RenameAppearance", ME, "default", "mine"),
    )
    assert (renamed.error, names(listed)) == ("", ["glasses"])
    assert foreign.error == Error.NOT_AUTHORIZED
    removed, gone = as_other(world, ("RemoveAppearance", "", "glasses"), ("ListAppearances", ""))
    assert (removed.error, names(gone)) == ("", [])


def test_appearances_of_others_are_edited_with_an_administrators(
    home: Home, owner_appearance: Appearance
) -> None:
    world = enrolled(home, owner_appearance)
    world.polkit("SetAllowed", "as", [Action.LIST_OTHER.value])
    listed, renamed = as_other(
        world, ("ListAppearances", ME), ("RenameAppearance", ME, "default", "mine")
    )
    assert (names(listed), renamed.error) == (["default"], Error.NOT_AUTHORIZED)
    world.polkit("SetAllowed", "as", [Action.EDIT_OTHER.value])
    renamed, removed, own = as_other(
        world,
        ("RenameAppearance", ME, "default", "mine"),
        ("RemoveUser", ME),
        ("RemoveUser", ""),
    )
    assert (renamed.error, removed.error) == ("", "")
    assert own.error == Error.NOT_AUTHORIZED
    with world.client() as client:
        assert client.call("ListUsers") == [other_name()]


def test_own_face_is_enrolled_with_ones_own_password(
    home: Home, owner_appearance: Appearance
) -> None:
    world = enrolled(home, owner_appearance)
    world.polkit("SetAllowed", "as", [Action.ENROL_OWN.value])
    own, foreign = as_other(world, ("StartEnrol", "", "new", {}), ("StartEnrol", ME, "new", {}))
    assert own.error == ""
    # One runs already; and without that one polkit's answer is about one's own face only.
    assert foreign.error in (Error.BUSY, Error.NOT_AUTHORIZED)
    eventually(lambda: ask(world, "Status").body[0]["requests"].value == 0, "the end")
    (foreign,) = as_other(world, ("StartEnrol", ME, "new", {}))
    assert foreign.error == Error.NOT_AUTHORIZED


def test_the_face_of_others_is_enrolled_with_an_administrators(
    home: Home, owner_appearance: Appearance
) -> None:
    world = enrolled(home, owner_appearance)
    world.polkit("SetAllowed", "as", [Action.ENROL_OTHER.value])
    foreign, own = as_other(
        world, ("StartEnrol", ME, "new", {}), ("StartEnrol", other_name(), "default", {})
    )
    assert foreign.error == ""
    assert own.error in (Error.BUSY, Error.NOT_AUTHORIZED, Error.APPEARANCE_EXISTS)


def test_the_configuration_is_reloaded_with_an_administrators(
    home: Home, owner_appearance: Appearance
) -> None:
    world = enrolled(home, owner_appearance)
    world.polkit("SetAllowed", "as", [Action.EDIT_OTHER.value])
    (no,) = as_other(world, ("Reload",))
    assert no.error == Error.NOT_AUTHORIZED
    world.polkit("SetAllowed", "as", [Action.RELOAD.value])
    (yes,) = as_other(world, ("Reload",))
    assert yes.error == ""


def test_without_polkit_nothing_is_allowed(home: Home, owner_appearance: Appearance) -> None:
    world = enrolled(home, owner_appearance)
    world.polkit("SetAllowed", "as", [one.value for one in Action])
    world.stop_mock("polkit")
    for said in as_other(
        world,
        ("RenameAppearance", "", "default", "glasses"),
        ("StartEnrol", "", "new", {}),
        ("SetUnlocking", True),
        ("Reload",),
    ):
        assert said.error == Error.NOT_AUTHORIZED, said
