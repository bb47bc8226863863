"""Several spoken files in one."""

import wave
from collections.abc import Sequence
from pathlib import Path

from daemon.errors import SpeechError


def join(files: Sequence[Path], target: Path) -> None:
    """Writes the WAV files, one after another, to `target`; raises SpeechError.

    All must be of the same rate, width and channels, as those of one engine are.
    """
    sounds: list[bytes] = []
    formats = set()
    try:
        for file in files:
            with wave.open(str(file)) as spoken:
                formats.add(spoken.getparams()[:3])
                sounds.append(spoken.readframes(spoken.getnframes()))
        if len(formats) != 1:
            raise SpeechError("the voices sound in different formats")
        channels, width, rate = formats.pop()
        with wave.open(str(target), "wb") as joined:
            joined.setnchannels(channels)
            joined.setsampwidth(width)
            joined.setframerate(rate)
            joined.writeframes(b"".join(sounds))
    except (OSError, EOFError, wave.Error) as error:
        raise SpeechError(f"what was spoken cannot be joined: {error}") from error
