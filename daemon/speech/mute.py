"""Whether the session's sound is muted, asked of whatever program can tell. Never waits long."""

import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress

from daemon.speech import programs

LONGEST_ANSWER_SECONDS = 0.2
"""Whoever has not answered by then does not know."""
_MOST_BYTES = 4096


def of_pactl(answer: str) -> bool | None:
    """`Mute: yes` or `Mute: no`."""
    return {"mute: yes": True, "mute: no": False}.get(answer.strip().lower())


def of_wpctl(answer: str) -> bool | None:
    """`Volume: 0.40`, with `[MUTED]` behind it."""
    if not answer.startswith("Volume:"):
        return None
    return "[MUTED]" in answer


def of_amixer(answer: str) -> bool | None:
    """Lines of channels with `[on]` or `[off]`: muted where all that say so are off."""
    switches = [word for word in answer.split() if word in ("[on]", "[off]")]
    return all(word == "[off]" for word in switches) if switches else None


_Reading = Callable[[str], bool | None]
_QUESTIONS: dict[str, tuple[tuple[str, ...], _Reading]] = {
    "pactl": (("get-sink-mute", "@DEFAULT_SINK@"), of_pactl),
    "wpctl": (("get-volume", "@DEFAULT_AUDIO_SINK@"), of_wpctl),
    "amixer": (("sget", "Master"), of_amixer),
}
"""The sound server's own word counts before the card's."""


class MuteQuestion:
    """Asks all programs at once when made; the answer is collected later.

    Used as a context manager, so that no program outlives it.
    """

    def __init__(self) -> None:
        self._deadline = time.monotonic() + LONGEST_ANSWER_SECONDS
        self._asked: list[tuple[subprocess.Popen[bytes], _Reading]] = []
        for name, (arguments, reading) in _QUESTIONS.items():
            path = programs.find(name)
            if path is not None:
                self._ask([path, *arguments], reading)

    def __enter__(self) -> "MuteQuestion":
        return self

    def __exit__(self, *_: object) -> None:
        for process, _reading in self._asked:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            if process.stdout is not None:
                process.stdout.close()

    def muted(self) -> bool:
        """Whether the first program that knows says so; False where none knows in time."""
        for process, reading in self._asked:
            answer = reading(self._read(process))
            if answer is not None:
                return answer
        return False

    def _ask(self, command: list[str], reading: _Reading) -> None:
        with suppress(OSError):
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**os.environ, "LC_ALL": "C"},
                start_new_session=True,
            )
            self._asked.append((process, reading))

    def _read(self, process: subprocess.Popen[bytes]) -> str:
        assert process.stdout is not None  # noqa: S101 - it is a pipe, as `_ask` made it
        read = b""
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            while len(read) < _MOST_BYTES:
                if not selector.select(max(0.0, self._deadline - time.monotonic())):
                    return ""  # half an answer is none
                part = os.read(process.stdout.fileno(), _MOST_BYTES)
                if not part:
                    break
                read += part
        return read.decode(errors="replace")


def muted() -> bool:
    """Whether the session's sound is muted; within LONGEST_ANSWER_SECONDS."""
    with MuteQuestion() as question:
        return question.muted()
