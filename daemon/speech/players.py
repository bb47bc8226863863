"""A WAV file to the loudspeaker, through whichever player is there: ALSA or the sound server."""

import wave
from collections.abc import Iterator
from pathlib import Path

from daemon.errors import SpeechError
from daemon.speech import programs
from daemon.speech.process import Children

PLAYERS = {"aplay": ("-q",), "pw-play": (), "paplay": ()}
"""Each with what it needs before the file, the first choice first."""
_INSTALL = "run: apt install alsa-utils"
# Loudspeakers wake up, Bluetooth connects; what takes longer than this hangs.
_SLOW_SECONDS = 10.0
_LONGEST_SECONDS = 90.0  # 200 characters at the slowest rate


def check() -> None:
    """Raises SpeechError where there is no player."""
    next(_commands())


def play(children: Children, wav: Path) -> None:
    """Plays a WAV file to its end; raises SpeechError, or Stopped.

    Where a player fails, the next one is asked; one that hangs is ended, and that was it.
    """
    problem = None
    timeout = _seconds(wav) + _SLOW_SECONDS
    for command in _commands():
        outcome = children.run([*command, str(wav)], timeout=timeout)
        if outcome.exit_code == 0:
            return
        reason = outcome.last_line or f"exit code {outcome.exit_code}"
        name = Path(command[0]).name
        problem = problem or SpeechError(f"{name} cannot play: {reason}", _advice(name))
    assert problem is not None  # noqa: S101 - _commands raises where it has nothing to give
    raise problem


def _commands() -> Iterator[list[str]]:
    found = [(path, PLAYERS[name]) for name in PLAYERS if (path := programs.find(name))]
    if not found:
        raise SpeechError("speech stays silent without aplay", _INSTALL)
    for path, options in found:
        yield [path, *options]


def _seconds(wav: Path) -> float:
    try:
        with wave.open(str(wav), "rb") as file:
            return min(file.getnframes() / max(file.getframerate(), 1), _LONGEST_SECONDS)
    except (OSError, EOFError, wave.Error):
        return _LONGEST_SECONDS


def _advice(player: str) -> str:
    return "see: aplay -l" if player == "aplay" else "see: wpctl status"
