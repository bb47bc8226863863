"""Muted or not: what the programs of a sound system say, and what happens when they do not."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from daemon.speech import SessionSpeaker, muted
from daemon.speech.mute import of_amixer, of_pactl, of_wpctl
from tests.daemon.speech.sounds import PATIENCE, closing, measured

Program = Callable[[str, str], Path]

AMIXER = """Simple mixer control 'Master',0
  Capabilities: pvolume pswitch pswitch-joined
  Playback channels: Front Left - Front Right
  Limits: Playback 0 - 65536
  Front Left: Playback 31457 [48%] [{left}]
  Front Right: Playback 31457 [48%] [{right}]
"""


@pytest.mark.parametrize(
    ("answer", "meaning"),
    [("Mute: yes\n", True), ("Mute: no\n", False), ("", None), ("No such entity", None)],
)
def test_what_pactl_says(answer: str, meaning: bool | None) -> None:
    assert of_pactl(answer) is meaning


@pytest.mark.parametrize(
    ("answer", "meaning"),
    [("Volume: 0.40\n", False), ("Volume: 0.40 [MUTED]\n", True), ("", None), ("[MUTED]", None)],
)
def test_what_wpctl_says(answer: str, meaning: bool | None) -> None:
    assert of_wpctl(answer) is meaning


@pytest.mark.parametrize(
    ("answer", "meaning"),
    [
        (AMIXER.format(left="off", right="off"), True),
        (AMIXER.format(left="off", right="on"), False),
        (AMIXER.format(left="on", right="on"), False),
        ("amixer: Unable to find simple control 'Master',0", None),
    ],
)
def test_what_amixer_says(answer: str, meaning: bool | None) -> None:
    assert of_amixer(answer) is meaning


@pytest.fixture
def nobody_knows(program: Program) -> Program:
    for name in ("pactl", "wpctl", "amixer"):
        program(name, "exit 1")
    return program


@pytest.mark.usefixtures("nobody_knows")
def test_unknown_is_not_muted() -> None:
    assert not muted()


def test_the_sound_server_counts_before_the_card(nobody_knows: Program) -> None:
    nobody_knows("amixer", "echo '[off]'")
    assert muted()
    nobody_knows("wpctl", "echo 'Volume: 0.40'")
    assert not muted()
    nobody_knows("pactl", "echo 'Mute: yes'")
    assert muted()


def test_who_does_not_answer_is_not_waited_for(nobody_knows: Program, tmp_path: Path) -> None:
    nobody_knows("pactl", f"echo $$ > {tmp_path}/pid; exec sleep 60")
    nobody_knows("amixer", "echo '[off]'")
    assert muted()
    ended = subprocess.run(["kill", "-0", (tmp_path / "pid").read_text().strip()], check=False)
    assert ended.returncode != 0


@pytest.mark.parametrize(
    "script", ["yes 'Mute: yes'", "printf 'Mute: '; sleep 60", "printf '\\377'"]
)
def test_an_endless_or_halved_answer_is_none(nobody_knows: Program, script: str) -> None:
    nobody_knows("pactl", script)
    assert not muted()


@pytest.mark.usefixtures("real_engine")
@pytest.mark.parametrize("answer", ["yes", "no"])
def test_a_muted_session_stays_silent(nobody_knows: Program, tmp_path: Path, answer: str) -> None:
    nobody_knows("pactl", f"[ \"$*\" = 'get-sink-mute @DEFAULT_SINK@' ] && echo 'Mute: {answer}'")
    heard = tmp_path / "heard.wav"
    nobody_knows("aplay", f'cp "$2" {heard}')
    with closing(SessionSpeaker(warn=pytest.fail)) as speaker:
        speaker.say("Welcome back, Ada")
        assert speaker.finish(PATIENCE)
    assert heard.exists() is (answer == "no")
    if answer == "no":
        assert measured(heard)[1] > 0.02
