"""Only an arrival is answered, once, by hook and voice."""

from pathlib import Path

from daemon.foreground.greeter import Welcome
from daemon.foreground.hook import Hook
from daemon.foreground.presence import Arrived, Left
from daemon.foreground.watch import Unrecognised
from daemon.speech import Greeting
from tests.daemon.fakes import RecordingSpeaker


def test_an_arrival_is_greeted_by_name_and_hour() -> None:
    speaker = RecordingSpeaker()
    welcome = Welcome(
        speaker=speaker, greeting=Greeting("{daytime}, {name}"), hook=None, hour=lambda: 8
    )
    welcome.respond(Arrived("Ada", 0.3))
    assert speaker.said == ["Good morning, Ada"]


def test_a_name_is_spoken_as_the_person_spells_it() -> None:
    speaker = RecordingSpeaker()
    spelled = {"Siobhan": "Shivawn"}
    welcome = Welcome(speaker=speaker, greeting=Greeting(), hook=None, say_as=spelled)
    welcome.respond(Arrived("Siobhan", 0.3))
    welcome.respond(Arrived("Ada", 0.3))
    assert speaker.said == ["Welcome back, Shivawn", "Welcome back, Ada"]


def test_a_stranger_and_a_departure_are_met_with_silence(tmp_path: Path) -> None:
    speaker, mark = RecordingSpeaker(), tmp_path / "mark"
    with Hook(f"touch {mark}") as hook:
        welcome = Welcome(speaker=speaker, greeting=Greeting(), hook=hook)
        welcome.respond(Unrecognised(0.9))
        welcome.respond(Left("Ada"))
        welcome.finish(5.0)
    assert speaker.said == []
    assert not mark.exists()


def test_the_hook_runs_and_is_waited_for(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    with Hook(f"""sh -c 'sleep 0.2; printf %s "$FACELATCH_USER" > {mark}'""") as hook:
        welcome = Welcome(speaker=None, greeting=Greeting(), hook=hook)
        welcome.respond(Arrived("Ada", 0.3))
        welcome.finish(10.0)
    assert mark.read_text() == "Ada"
