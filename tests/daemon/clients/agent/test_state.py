"""What the agent shows and does, fact by fact."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from daemon.api import Error, Event, State
from daemon.clients.agent.messages import (
    Call,
    Chosen,
    Closed,
    DaemonDown,
    DaemonUp,
    Denied,
    Effect,
    Elapsed,
    Ending,
    Fact,
    Happened,
    Later,
    Launch,
    Notify,
    NoTray,
    Open,
    Pause,
    Program,
    PropertiesChanged,
    Quit,
    RemoveAppearance,
    Resume,
    Save,
    SessionBusLost,
    SetGreeting,
    SettingsRead,
    SetUnlocking,
    Stop,
    TrustCamera,
    Withdraw,
)
from daemon.clients.agent.settings import Settings
from daemon.clients.agent.state import StateMachine
from daemon.clients.agent.view import SEPARATOR, Item, Sign, View

NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
APPEARANCE = {"name": "default", "created": "2026-11-01T10:00:00Z", "pictures": 20, "usable": True}


class Watched:
    """A machine and what came out of it last."""

    def __init__(self) -> None:
        self.machine = StateMachine()
        self.at = NOON

    def take(self, *facts: Fact) -> list[Effect]:
        effects: list[Effect] = []
        for fact in facts:
            effects = list(self.machine.react(fact, self.at))
        return effects

    def up(
        self, *, appearances: tuple[dict[str, Any], ...] = (APPEARANCE,), **status: object
    ) -> list[Effect]:
        values = {name.replace("_", "-"): value for name, value in status.items()}
        return self.take(DaemonUp({"state": "ready", "unlocking": True, **values}, appearances))

    @property
    def view(self) -> View:
        return self.machine.view(self.at)

    def sign(self) -> Sign:
        return self.view.sign

    def item(self, label: str) -> Item:
        found = [one for one in everything(self.view.menu) if one.label == label]
        assert len(found) == 1, [one.label for one in everything(self.view.menu)]
        return found[0]


def everything(items: tuple[Item, ...]) -> Iterator[Item]:
    for item in items:
        yield item
        yield from everything(item.children)


@pytest.fixture
def agent() -> Watched:
    return Watched()


def test_nothing_is_known_at_first(agent: Watched) -> None:
    assert agent.sign() is Sign.ABSENT
    assert agent.view.line == "The service is not running"
    assert agent.view.tooltip == "Facelatch: The service is not running"
    assert not agent.item("Pause for 1 hour").enabled
    assert agent.item("Quit").enabled


def test_the_menu_is_what_was_promised(agent: Watched) -> None:
    agent.up()
    labels = [item.label for item in agent.view.menu if item is not SEPARATOR]
    assert labels == [
        "Ready",
        "Pause for 15 minutes",
        "Pause for 1 hour",
        "Pause until I resume",
        "Enrol my face…",
        "Add an appearance…",
        "Test recognition…",
        "Appearances",
        "Greeting",
        "Test the greeting",
        "Unlock when it sees me",
        "Lock when I leave",
        "Recent activity…",
        "Settings…",
        "Help",
        "Quit",
    ]


@pytest.mark.parametrize(
    ("state", "sign", "line"),
    [
        (State.READY, Sign.READY, "Ready"),
        (State.STARTING, Sign.READY, "Starting"),
        (State.ASLEEP, Sign.READY, "The computer goes to sleep"),
        (State.WATCHING, Sign.READY, "Waiting for you"),
        (State.LOOKING, Sign.LOOKING, "Looking"),
        (State.ENROLLING, Sign.LOOKING, "Your face is being enrolled"),
        (State.CAMERA_BUSY, Sign.CAMERA, "Another program uses the camera"),
        (State.NO_CAMERA, Sign.CAMERA, "There is no camera"),
        (State.NO_MODEL, Sign.TROUBLE, "No model to recognise with"),
    ],
)
def test_each_state_has_its_sign_and_line(
    agent: Watched, state: State, sign: Sign, line: str
) -> None:
    agent.up()
    agent.take(PropertiesChanged({"State": state.value}))
    assert (agent.view.sign, agent.view.line) == (sign, line)


def test_a_problem_is_shown_in_the_services_words(agent: Watched) -> None:
    agent.up(state="no-model", problem="model facenet is not installed")
    assert agent.view.line == "Model facenet is not installed"


def test_a_state_of_a_newer_service_is_no_fault(agent: Watched) -> None:
    agent.up()
    agent.take(PropertiesChanged({"State": "dancing", "Colour": "red"}))
    assert agent.sign() is Sign.READY


def test_who_is_not_enrolled_is_told_so(agent: Watched) -> None:
    agent.up(appearances=())
    assert agent.view.line == "Ready, but your face is not enrolled"
    assert agent.item("Enrol my face…").enabled
    assert not agent.item("Add an appearance…").enabled
    assert not agent.item("Test recognition…").enabled
    assert not agent.item("Appearances").enabled


def test_who_told_it_not_to_unlock_is_reminded(agent: Watched) -> None:
    agent.up(unlocking=False)
    assert agent.view.line == "Ready, but told not to unlock"
    assert agent.item("Unlock when it sees me").checked is False
    assert agent.item("Unlock when it sees me").choice == SetUnlocking(on=True)


def test_an_older_service_cannot_be_told_not_to_unlock(agent: Watched) -> None:
    agent.take(DaemonUp({"state": "ready"}, (APPEARANCE,)))
    assert not agent.item("Unlock when it sees me").enabled


@pytest.mark.parametrize(
    ("until", "line"),
    [
        (-1, "Paused until you resume"),
        (int((NOON + timedelta(hours=1)).timestamp()), "Paused until 13:00"),
        (int((NOON + timedelta(hours=13)).timestamp()), "Paused until 11/26/26 01:00"),
    ],
)
def test_a_pause_says_when_it_ends(agent: Watched, until: int, line: str) -> None:
    agent.up()
    agent.take(PropertiesChanged({"PausedUntil": until, "State": "paused"}))
    assert (agent.view.sign, agent.view.line) == (Sign.PAUSED, line)
    assert agent.item("Resume").choice == Resume()
    agent.take(PropertiesChanged({"PausedUntil": 0, "State": "ready"}))
    assert agent.sign() is Sign.READY
    assert "Resume" not in [item.label for item in agent.view.menu]


def test_being_recognised_is_shown_for_a_moment(agent: Watched) -> None:
    agent.up(state="looking", locked_out=True)
    (effect,) = agent.take(Happened(Event.UNLOCKED, {"distance": 0.3}))
    assert isinstance(effect, Later)
    assert (agent.view.sign, agent.view.line) == (Sign.RECOGNISED, "Recognised you")
    agent.take(PropertiesChanged({"State": "ready"}), Elapsed(effect.timer))
    assert agent.sign() is Sign.READY


def test_a_refusal_shows_nothing(agent: Watched) -> None:
    agent.up()
    before = agent.view
    assert agent.take(Happened(Event.REFUSED, {"count": 1})) == []
    assert agent.view == before


def test_being_locked_out_lasts_until_it_is_cleared(agent: Watched) -> None:
    agent.up()
    agent.take(Happened(Event.LOCKED_OUT))
    assert agent.sign() is Sign.LOCKED_OUT
    assert agent.view.line == "Too many failed attempts: type your password once"
    agent.take(Happened(Event.CLEARED))
    assert agent.sign() is Sign.READY


def test_a_pause_of_attempts_ends_by_itself(agent: Watched) -> None:
    agent.up()
    (effect,) = agent.take(Happened(Event.ATTEMPTS_PAUSED, {"retry-after-seconds": 60.0}))
    assert isinstance(effect, Later)
    assert effect.seconds > 60.0
    assert agent.view.line == "Too many failed attempts: the next one is allowed at 12:01"
    agent.take(Elapsed(effect.timer))
    assert agent.sign() is Sign.READY


def test_what_was_locked_out_before_the_agent_came_is_shown(agent: Watched) -> None:
    (effect,) = agent.up(retry_after_seconds=30.0)
    assert isinstance(effect, Later)
    assert agent.sign() is Sign.LOCKED_OUT


def test_a_daemon_that_goes_takes_everything_with_it(agent: Watched) -> None:
    agent.up(locked_out=True)
    agent.take(DaemonDown("gone"))
    assert agent.sign() is Sign.ABSENT
    agent.up()
    assert agent.sign() is Sign.READY


@pytest.mark.parametrize(
    ("choice", "effect"),
    [
        (Pause(900), Call("Pause", (900,), Pause(900))),
        (Resume(), Call("Resume", (), Resume())),
        (
            RemoveAppearance("default"),
            Call("RemoveAppearance", ("", "default"), RemoveAppearance("default")),
        ),
        (SetUnlocking(on=False), Call("SetUnlocking", (False,), SetUnlocking(on=False))),
        (
            TrustCamera("/dev/video4"),
            Call("TrustCamera", ("/dev/video4",), TrustCamera("/dev/video4")),
        ),
        (SetGreeting(on=False), Save(Settings().with_greeting(on=False))),
        (Open(Program.ENROL, "appearance 2"), Launch(Program.ENROL, "appearance 2")),
        (Quit(), Stop()),
    ],
)
def test_each_choice_does_what_it_says(agent: Watched, choice: Any, effect: Effect) -> None:
    agent.up()
    assert agent.take(Chosen(choice)) == [effect]


def test_an_appearance_is_removed_only_after_a_second_word(agent: Watched) -> None:
    agent.up(appearances=({**APPEARANCE, "name": "glasses", "usable": False},))
    appearance = agent.item("Appearances").children[0]
    facts, remark, remove = appearance.children
    assert (appearance.label, appearance.choice) == ("glasses", None)
    assert facts.label == "2026-11-01, 20 pictures"
    assert remark.label == "made by another model: enrol again"
    assert remove.choice is None
    assert remove.children == (Item("Yes, remove “glasses”", RemoveAppearance("glasses")),)


def test_a_long_name_is_cut_for_the_menu_only(agent: Watched) -> None:
    name = "x" * 64
    agent.up(appearances=({**APPEARANCE, "name": name},))
    appearance = agent.item("Appearances").children[0]
    assert len(appearance.label) == 40
    assert appearance.children[-1].children[0].choice == RemoveAppearance(name)


@pytest.mark.parametrize(
    ("names", "free"),
    [
        ([], "default"),
        (["default"], "appearance 2"),
        (["default", "appearance 2", "appearance 4"], "appearance 3"),
        (["appearance 2", "appearance 3"], "appearance 4"),
    ],
)
def test_a_new_appearance_gets_a_name_that_is_free(
    agent: Watched, names: list[str], free: str
) -> None:
    agent.up(appearances=tuple({**APPEARANCE, "name": name} for name in names))
    assert agent.take(Chosen(Open(Program.ENROL))) == [Launch(Program.ENROL, free)]


def test_enrolling_again_takes_the_place_of_the_first_appearance(agent: Watched) -> None:
    agent.up(appearances=())
    assert agent.item("Enrol my face…").choice == Open(Program.ENROL, "default")
    agent.up(appearances=({**APPEARANCE, "name": "glasses"}, APPEARANCE))
    again = Open(Program.ENROL, "glasses", replace=True)
    assert agent.item("Enrol my face…").choice == again
    assert agent.take(Chosen(again)) == [Launch(Program.ENROL, "glasses", replace=True)]


def test_the_greeting_is_checked_as_the_settings_say(agent: Watched) -> None:
    agent.take(SettingsRead(Settings().with_greeting(on=False)))
    assert agent.item("Greeting").checked is False
    assert agent.item("Greeting").choice == SetGreeting(on=True)


def test_broken_settings_are_said_and_taken_back(agent: Watched) -> None:
    (notice,) = agent.take(SettingsRead(Settings(), "greeting.volume: must be a number"))
    assert isinstance(notice, Notify)
    assert notice.body == "greeting.volume: must be a number"
    assert [action.choice for action in notice.actions] == [Open(Program.SETTINGS)]
    assert agent.take(SettingsRead(Settings())) == [Withdraw(notice.key)]


def test_what_the_daemon_denies_is_said_unless_the_person_gave_up(agent: Watched) -> None:
    (notice,) = agent.take(Denied(Pause(0), "not from here", Error.NOT_PERMITTED))
    assert isinstance(notice, Notify)
    assert notice.body == "not from here"
    assert agent.take(Denied(Pause(0), "dismissed", Error.NOT_AUTHORIZED)) == []


def test_a_window_that_fails_says_why(agent: Watched) -> None:
    (notice,) = agent.take(Closed(Program.TEST, "there is no screen here"))
    assert isinstance(notice, Notify)
    assert notice.body == "there is no screen here"
    assert agent.take(Closed(Program.TEST)) == []


def test_that_there_is_no_tray_is_said_once(agent: Watched) -> None:
    assert len(agent.take(NoTray("no tray"))) == 1
    assert agent.take(NoTray("no tray")) == []


def test_without_the_sessions_bus_it_starts_anew(agent: Watched) -> None:
    assert agent.take(SessionBusLost()) == [Stop(Ending.AGAIN_WITH_BUS)]
