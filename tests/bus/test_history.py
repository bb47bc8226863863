"""What a person may read of the past: their own decisions, over a restart, bounded."""

import json
import stat
import time

from dbus_fast import Variant

from daemon.api import Error
from enroll.template import Appearance
from tests.bus.asking import attempt, refused
from tests.bus.other import as_other, log_in_other, needs_root, other_name
from tests.bus.test_clients import facelatch
from tests.bus.world import ME, Home, World, eventually


def decisions(world: World, **options: object) -> list[dict[str, object]]:
    """The history, as the caller is told."""
    with world.client() as client:
        found: list[dict[str, object]] = client.call("History", options)
        return found


def test_attempts_denials_and_unlocks_are_remembered_over_a_restart(home: Home) -> None:
    world = home.start()
    before = time.time()
    with world.client() as client:
        assert attempt(client, service="sudo").verdict == "matched"
        world.logind("SetLid", "b", True)
        with refused(Error.LID_CLOSED):
            attempt(client)
        world.logind("SetLid", "b", False)
        assert attempt(client).verdict == "matched"
    home.lock("1")
    eventually(lambda: home.unlocks() == 1, "the unlock")
    home.unlocked("1")
    eventually(lambda: decisions(world)[-1]["verdict"] == "unlocked", "an entry")
    first, denied, *_, last = told = decisions(world)
    assert (first["verdict"], first["reason"]) == ("matched", "recognised")
    assert (first["service"], first["session"]) == ("sudo", "1")
    assert not {"distance", "threshold"} & first.keys()
    assert int(str(first["frames"])) > 0
    assert float(str(first["milliseconds"])) > 0.0
    assert before <= float(str(first["time"])) <= time.time()
    assert (denied["verdict"], denied["reason"]) == ("denied", "LidClosed")
    assert last["session"] == "1"
    assert world.stop_daemon() == 0
    home.start()
    assert decisions(world) == told
    assert decisions(world, most=1) == told[-1:]
    file = world.state / "history.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_damaged_history_is_an_empty_one_and_a_warning(home: Home) -> None:
    world = home.start()
    with world.client() as client:
        attempt(client)
    world.stop_daemon()
    (world.state / "history.json").write_text('{"version": 1, "users": {"x": [7]}}')
    home.start()
    assert decisions(world) == []
    (entry,) = (one for one in world.entries if "past decisions" in one["MESSAGE"])
    assert entry["PRIORITY"] == "4"


@needs_root
def test_distances_are_for_root_where_the_configuration_wants_them(
    home: Home, owner_appearance: Appearance
) -> None:
    home.configure("audit", distances="true")
    home.enrol(owner_appearance, other_name())
    log_in_other(home)
    world = home.start()
    with world.client() as client:
        assert attempt(client, other_name()).verdict == "matched"
        (entry,) = client.call("History", {"username": other_name()})
    assert 0.0 < entry["distance"] < entry["threshold"]
    (answer,) = as_other(world, ("History", {}))
    assert [one["verdict"] for one in answer.value] == ["matched"]
    assert not {"distance", "threshold"} & answer.value[0].keys()


def test_who_is_removed_leaves_no_history(home: Home) -> None:
    world = home.start()
    with world.client() as client:
        attempt(client)
        client.call("RemoveUser", "")
        assert client.call("History", {}) == []


@needs_root
def test_only_root_reads_the_history_of_others(home: Home, owner_appearance: Appearance) -> None:
    home.enrol(owner_appearance, other_name())
    world = home.start()
    with world.client() as client:
        attempt(client)
    log_in_other(home)
    refusal, own, asked = as_other(
        world,
        ("History", {"username": ME}),
        ("History", {}),
        ("StartVerify", ME, {}),
    )
    assert refusal.error == Error.NOT_PERMITTED
    assert own.value == []
    # Asking about somebody else writes nothing into that person's history.
    assert asked.error == Error.NOT_PERMITTED
    assert [one["verdict"] for one in decisions(world)] == ["matched"]
    assert as_other(world, ("StartVerify", "", {"seconds": 10.0}))[0].error == ""
    eventually(lambda: decisions(world, username=other_name()), "the other's entry")


def test_log_asks_the_service_where_the_journal_says_nothing(home: Home) -> None:
    # No journal here has entries of this daemon, which writes to the test's own.
    world = home.start()
    with world.client() as client:
        assert attempt(client, service="sudo").verdict == "matched"
    answer = facelatch(world, "log", "--json")
    assert answer.returncode == 0, answer.stderr
    entry = json.loads(answer.stdout)
    assert (entry["user"], entry["verdict"], entry["service"]) == (ME, "matched", "sudo")
    assert facelatch(world, "log", "--json", "--verdict", "denied").stdout == ""
    assert "matched" in facelatch(world, "log", "--since", "yesterday").stdout
    assert "sudo" not in facelatch(world, "log", "--since", "2099-01-01").stdout


def test_many_denials_do_not_push_out_the_past(home: Home) -> None:
    world = home.start()
    with world.client() as client:
        attempt(client)
        home.set_session("1", Remote=Variant("b", True))
        for _ in range(250):
            with refused(Error.REMOTE_SESSION):
                attempt(client)
        assert [one["verdict"] for one in client.call("History", {})] == ["matched", "denied"]
