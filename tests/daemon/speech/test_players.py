"""The players: the first that is there, the next where it fails, none that hangs for ever."""

from collections.abc import Callable
from pathlib import Path

import pytest

from daemon.errors import SpeechError
from daemon.speech import players
from daemon.speech.process import Children

Program = Callable[[str, str], Path]
WAV = Path("welcome.wav")


@pytest.fixture
def heard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the players of a test write what they were asked for; no others are on the path."""
    monkeypatch.setenv("PATH", "/nowhere")
    return tmp_path / "heard"


@pytest.mark.parametrize(
    ("name", "asked"),
    [("aplay", "-q welcome.wav"), ("pw-play", "welcome.wav"), ("paplay", "welcome.wav")],
)
def test_each_player_is_asked_in_its_own_way(
    program: Program, heard: Path, name: str, asked: str
) -> None:
    program(name, f'echo "$*" > {heard}')
    players.check()
    players.play(Children(), WAV)
    assert heard.read_text() == asked + "\n"


def test_the_next_player_steps_in_for_one_that_fails(program: Program, heard: Path) -> None:
    program("aplay", "echo 'device or resource busy' >&2; exit 1")
    program("paplay", f"echo played > {heard}")
    players.play(Children(), WAV)
    assert heard.read_text() == "played\n"


@pytest.mark.usefixtures("heard")
def test_where_all_fail_the_first_says_why(program: Program) -> None:
    program("aplay", "echo 'no such card' >&2; exit 1")
    program("paplay", "echo 'connection refused' >&2; exit 1")
    with pytest.raises(SpeechError) as caught:
        players.play(Children(), WAV)
    assert str(caught.value) == "aplay cannot play: no such card; see: aplay -l"


@pytest.mark.usefixtures("heard")
def test_a_player_that_hangs_is_ended_with_all_it_started(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(players, "_LONGEST_SECONDS", 0.0)
    monkeypatch.setattr(players, "_SLOW_SECONDS", 0.5)
    program("aplay", f"/bin/sh -c 'echo $$ > {tmp_path}/pid; exec /bin/sleep 60'")
    with pytest.raises(SpeechError, match="aplay does not finish"):
        players.play(Children(), WAV)
    assert not Path("/proc", (tmp_path / "pid").read_text().strip(), "fd", "0").exists()


@pytest.mark.usefixtures("heard")
def test_without_a_player_one_line_says_what_to_install() -> None:
    with pytest.raises(SpeechError, match="apt install alsa-utils"):
        players.check()


def test_a_player_that_others_may_write_is_not_run(program: Program, heard: Path) -> None:
    program("aplay", f"echo taken over > {heard}").chmod(0o777)
    with pytest.raises(SpeechError, match="without aplay"):
        players.play(Children(), WAV)
    assert not heard.exists()
