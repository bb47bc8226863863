"""Each user's own switch: kept, and off in doubt."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.state.user_switches import MOST_USERS, Switches
from models.errors import UsageError
from tests.daemon.state.test_history import JSON


def test_everybody_is_on_until_they_say_no() -> None:
    switches = Switches()
    assert switches.on("ada")
    switches.set("ada", on=False)
    assert (switches.on("ada"), switches.on("bob")) == (False, True)
    switches.set("ada", on=True)
    assert switches.on("ada")
    switches.set("ada", on=False)
    switches.forget("ada")
    assert switches.on("ada")


@given(st.dictionaries(st.text(min_size=1, max_size=20), st.booleans(), max_size=5))
def test_it_goes_to_a_file_and_back(users: dict[str, bool]) -> None:
    switches = Switches()
    for name, on in users.items():
        switches.set(name, on=on)
    restored, problem = Switches.restore(json.loads(json.dumps(switches.to_dict())))
    assert problem == ""
    assert {name: restored.on(name) for name in users} == users
    assert restored.on("somebody else")


@given(JSON.filter(lambda data: data is not None))
def test_what_is_damaged_is_off_for_everybody(data: object) -> None:
    switches, problem = Switches.restore(data)
    assert problem
    assert not switches.on("ada")


@pytest.mark.parametrize(
    "data",
    [
        {"version": 2, "others": True, "users": {}},
        {"version": 1, "others": 1, "users": {}},
        {"version": 1, "others": True, "users": {"ada": 1}},
        {"version": 1, "others": True, "users": {"": True}},
        {"version": 1, "others": True, "users": {}, "more": 1},
    ],
)
def test_almost_right_is_damaged(data: dict[str, object]) -> None:
    switches, problem = Switches.restore(data)
    assert "damaged" in problem
    assert not switches.on("ada")


def test_after_damage_whoever_switches_on_is_on() -> None:
    switches, _ = Switches.restore("damaged")
    switches.set("ada", on=True)
    restored, _ = Switches.restore(switches.to_dict())
    assert (restored.on("ada"), restored.on("bob")) == (True, False)


def test_there_are_not_more_switches_than_users() -> None:
    switches = Switches()
    for number in range(MOST_USERS):
        switches.set(f"user{number}", on=False)
    switches.set("user1", on=True)
    with pytest.raises(UsageError):
        switches.set("one more", on=True)
