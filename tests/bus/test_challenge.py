"""A challenge on a real bus: who does as told comes in, and what only seems to does not."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from dbus_fast import Message, MessageType, Variant

from daemon import api
from daemon.clients.dbus_client import Client
from daemon.clients.pam import asking
from enroll.guide import prompts
from tests.bus.acting import WORD
from tests.bus.asking import finish
from tests.bus.peer import Peer
from tests.bus.world import ME, Home, World, eventually
from tests.slow_daemon import LONGEST_ATTEMPT_SECONDS

SECONDS = LONGEST_ATTEMPT_SECONDS
UNTOLD = {"liveness-unclear", "too-few-frames", "no-face", "no-frames"}
"""Why nobody could tell who was asked nothing; on a busy machine few frames are seen in time."""
MOVEMENTS = {"turn-left", "turn-right", "nod", "come-closer"}


@dataclass
class Stage:
    """Who is before the camera, told what to do by what the daemon says."""

    home: Home
    who: str = "owner"
    does: Callable[[str], str] = lambda word: word
    plays: Callable[[str], str] | None = None
    said: list[str] = field(default_factory=list)
    """What was asked, each once in a row."""

    def set(self, word: str) -> None:
        """From now on somebody is before the camera and does this."""
        who = self.who if self.plays is None else self.plays(word)
        part = self.home.world.camera.with_suffix(".part")
        part.write_text(f"{WORD} {who} {self.does(word)}")
        part.rename(self.home.world.camera)

    def start(self, level: str, *, attempt_seconds: str = str(SECONDS)) -> World:
        """The daemon, before such a camera."""
        self.home.stage(f"{WORD} {self.who} look-straight")
        self.home.configure(
            "liveness", enabled="true", level=f'"{level}"', challenge_seconds=str(SECONDS)
        )
        self.home.configure("camera", frame_seconds="30.0")
        self.home.configure("requests", attempt_seconds=attempt_seconds)
        return self.home.start()

    def hear(self, word: str) -> None:
        """Something is asked."""
        if self.said[-1:] != [word]:
            self.said.append(word)
            self.set(word)

    def verified(self, client: Client, **options: Any) -> tuple[str, str]:
        """Verdict and reason of an attempt at which one does as told."""
        asked = {"seconds": SECONDS, "prompts": True, **options}
        number = client.call("StartVerify", "", asked)
        for heard in client.signals(seconds=3 * SECONDS):
            if heard.values[0] != number:
                continue
            if heard.name == "VerifyFinished":
                return heard.values[1], heard.values[2]
            if heard.name == "VerifyProgress" and heard.values[2].get("challenge"):
                self.hear(heard.values[1])
        return pytest.fail("the attempt did not end")


@pytest.fixture
def stage(home: Home) -> Stage:
    return Stage(home)


def test_who_does_as_told_comes_in_at_the_strictest_level(stage: Stage) -> None:
    with stage.start("strict").client() as client:
        assert stage.verified(client) == ("matched", "recognised")
    rests, moves = stage.said[::2], stage.said[1::2]
    assert set(rests) == {"look-straight"}
    assert len(moves) == 3 and set(moves) <= MOVEMENTS


def test_who_is_in_doubt_at_standard_is_asked_as_well(stage: Stage) -> None:
    """No cue there can tell a screen: a head that moves is not denied, and not let in either."""
    with stage.start("standard").client() as client:
        assert stage.verified(client) == ("matched", "recognised")
    assert set(stage.said[::2]) == {"look-straight"}
    assert len(stage.said[1::2]) == 3


def test_a_client_that_shows_nothing_is_asked_nothing_and_not_let_in(stage: Stage) -> None:
    with stage.start("strict").client() as client:
        verdict, reason = stage.verified(client, prompts=False, seconds=8.0)
    assert (verdict, stage.said) == ("undecided", [])
    assert reason in UNTOLD


def test_a_photo_that_is_moved_as_asked_does_not_answer(stage: Stage) -> None:
    stage.who = "photo"
    with stage.start("strict").client() as client:
        verdict, reason = stage.verified(client)
    assert (verdict, stage.said[:1]) == ("undecided", ["look-straight"])
    assert reason in ("challenge-failed", "not-live")


def test_a_challenge_answered_by_somebody_else_is_not_the_owners(stage: Stage) -> None:
    """The owner's face is shown at rest, a living stranger's takes its place to answer."""
    stage.plays = lambda word: "owner" if word == "look-straight" else "stranger"
    with stage.start("strict").client() as client:
        assert stage.verified(client) == ("undecided", "challenge-failed")
    assert len(stage.said) >= 2


def test_a_wrong_answer_ends_it_and_counts(stage: Stage) -> None:
    other = {"turn-left": "turn-right", "turn-right": "turn-left", "nod": "turn-left"}
    stage.does = lambda word: other.get(word, "turn-left" if word == "come-closer" else word)
    with stage.start("strict").client() as client:
        assert stage.verified(client) == ("undecided", "challenge-failed")
        assert client.call("Status")["failed-attempts"] == 1


def test_a_locked_session_is_opened_for_who_does_as_told(stage: Stage) -> None:
    world = stage.start("strict")
    with world.client() as client:
        client.call("Subscribe")
        stage.home.lock("1")
        for heard in client.signals(seconds=3 * SECONDS):
            if heard.name != "Event":
                continue
            event, details = heard.values
            if event == "challenge" and "prompt" in details:
                assert details["session"] == "1"
                stage.hear(details["prompt"])
            if event == "unlocked":
                break
        assert stage.home.unlocks() == 1
    assert len(stage.said) >= 6


def test_pams_helper_says_what_is_asked_and_waits_for_the_answer(stage: Stage) -> None:
    world = stage.start("strict")
    words = {prompts.sentence(word): word for word in prompts.Prompt}
    said: list[str] = []

    def say(line: str) -> None:
        said.append(line)
        if line in words:
            stage.hear(words[line].value)

    environment = {b"PAM_USER": ME.encode(), b"PAM_SERVICE": b"su", b"PAM_TTY": b"/dev/pts/3"}
    address = b"\0" + f"{world.folder}/bus".encode()
    found = asking.recognised(environment, SECONDS, say, address)
    assert found and said[0] == "looking for your face; Ctrl+C ends it", said
    assert len(stage.said) >= 6
    # Who shows nothing is never asked, and the doubt stays.
    unseen = {**environment, b"PAM_SERVICE": b"swaylock"}
    assert not asking.recognised(unseen, 3.0, said.append, address)


def test_a_locked_session_where_nobody_shows_it_stays_locked(stage: Stage) -> None:
    world = stage.start("strict", attempt_seconds="3.0")
    stage.home.lock("1")
    undecided = eventually(lambda: world.verdicts("undecided"), "the end of an attempt")
    assert undecided[0]["FACELATCH_REASON"] in UNTOLD
    assert stage.home.unlocks() == 0


def test_signals_that_are_replayed_open_nothing(stage: Stage) -> None:
    """What the daemon says when somebody matched, said by another program of the user's."""
    world = stage.start("strict")
    with world.client() as client, Peer(world.address) as forger:
        number = client.call("StartVerify", "", {"seconds": 4.0})
        for member, signature, body in (
            ("VerifyProgress", "usa{sv}", [number, "nod", {"challenge": Variant("b", True)}]),
            ("VerifyFinished", "ussa{sv}", [number, "matched", "recognised", {}]),
            ("Event", "sa{sv}", ["unlocked", {"session": Variant("s", "1")}]),
        ):
            forger.send(
                Message(
                    destination=client._bus.connection.unique_name,
                    path=api.OBJECT_PATH,
                    interface=api.INTERFACE_NAME,
                    member=member,
                    message_type=MessageType.SIGNAL,
                    signature=signature,
                    body=body,
                )
            )
        ended = finish(client, number)
    assert ended.verdict == "undecided" and ended.reason in UNTOLD
    assert stage.home.unlocks() == 0
    assert world.verdicts("matched") == []
