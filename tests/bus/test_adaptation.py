"""What a visit leaves behind: a use that is counted, and only where it is switched on a lesson."""

from dataclasses import replace
from typing import Any

from daemon.api import Error
from enroll.store.binding import login_account
from enroll.store.store import TemplateStore
from enroll.template import Appearance, Person
from tests.bus.asking import attempt, refused
from tests.bus.world import ME, Home, World, eventually

LONG_AGO = "2025-03-01T12:00:00Z"


def appearances(world: World) -> list[dict[str, Any]]:
    """As the caller is told."""
    with world.client() as client:
        found: list[dict[str, Any]] = client.call("ListAppearances", "")
        return found


def stored(world: World) -> Person:
    """As the next start finds it."""
    return TemplateStore(world.state / "templates", account=login_account).load(ME)


def enrol_long_ago(home: Home, owner_appearance: Appearance) -> None:
    home.enrol(replace(owner_appearance, created=LONG_AGO, quality=0.75))


def test_uses_are_counted_and_kept_over_a_restart(home: Home, owner_appearance: Appearance) -> None:
    enrol_long_ago(home, owner_appearance)
    world = home.start()
    (before,) = appearances(world)
    assert (before["uses"], before["adapted"], before["quality"]) == (0, 0, 0.75)
    assert "last-used" not in before
    with world.client() as client:
        for _ in range(2):
            assert attempt(client).verdict == "matched"
    (after,) = appearances(world)
    assert after["uses"] == 2
    assert after["last-used"] > LONG_AGO
    uses = world.state / "templates" / f"{ME}.uses"
    assert not uses.exists()  # not an unlock for a write
    assert world.stop_daemon() == 0
    assert uses.exists()
    home.start()
    assert appearances(world) == [after]
    with world.client() as client:
        client.call("RenameAppearance", "", "default", "plain")
    assert appearances(world) == [{**after, "name": "plain"}]


def test_a_stranger_uses_nothing(home: Home) -> None:
    home.configure("camera", source='"demo:stranger"')
    world = home.start()
    with world.client() as client:
        assert attempt(client).verdict == "not-matched"
    assert appearances(world)[0]["uses"] == 0


def test_nothing_is_learnt_unless_somebody_asked_for_it(
    home: Home, owner_appearance: Appearance
) -> None:
    enrol_long_ago(home, owner_appearance)
    world = home.start()
    with world.client() as client:
        assert attempt(client).verdict == "matched"
    assert world.stop_daemon() == 0
    assert stored(world).appearances[0].adapted == ()


def test_a_certain_visit_is_learnt_from_once_a_day_and_taken_back(
    home: Home, owner_appearance: Appearance
) -> None:
    enrol_long_ago(home, owner_appearance)
    home.configure("adaptation", enabled="true")
    world = home.start()
    with world.client() as client:
        assert attempt(client).verdict == "matched"
        eventually(lambda: appearances(world)[0]["adapted"] == 1, "a lesson")
        (entry,) = world.verdicts("learnt")
        assert entry["FACELATCH_USER"] == ME
        assert entry["FACELATCH_REASON"] == "a very certain match"
        assert attempt(client).verdict == "matched"
        with refused(Error.NO_SUCH_APPEARANCE):
            client.call("RevertAppearance", "", "beard")
        assert appearances(world)[0]["adapted"] == 1
        client.call("RevertAppearance", "", "default")
        assert appearances(world)[0]["adapted"] == 0
    assert world.stop_daemon() == 0
    assert stored(world) == Person(ME, (replace(owner_appearance, created=LONG_AGO, quality=0.75),))


def test_the_status_says_what_protects_the_templates(home: Home) -> None:
    world = home.start()
    with world.client() as client:
        assert client.call("Status")["protection"].startswith("key file beside the templates")


def test_a_lost_key_stops_nothing_but_recognition(home: Home) -> None:
    key = home.world.state / "templates" / "key"
    key.unlink()
    world = home.start()
    with world.client() as client:
        with refused(Error.STORE_PROBLEM):
            attempt(client)
        assert client.call("Status")["state"] == "ready"
        client.call("RemoveUser", "")
        with refused(Error.NOT_ENROLLED):
            attempt(client)


def test_a_credential_is_what_seals(
    home: Home, owner_appearance: Appearance, tmp_path: Any
) -> None:
    world = home.world
    folder = tmp_path / "credentials"
    folder.mkdir(0o700)
    (folder / "facelatch-key").write_bytes(bytes(range(32)))
    (folder / "facelatch-key").chmod(0o400)
    world.environment["CREDENTIALS_DIRECTORY"] = str(folder)
    home.start()
    with world.client() as client:
        assert client.call("Status")["protection"].startswith("key from systemd")
        # What a key file sealed does not open any more: see `facelatch protect`.
        with refused(Error.STORE_PROBLEM):
            attempt(client)
        client.call("RemoveUser", "")
        number = client.call("StartEnrol", "", "default", {"seconds": 120.0})
        heard = next(one for one in client.signals(seconds=180.0) if one.name == "EnrolFinished")
        assert heard.values[:2] == (number, "enrolled")
        assert attempt(client).verdict == "matched"
    assert owner_appearance.name == "default"
