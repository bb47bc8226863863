"""What the tests of speech share: fake engines, and what a file sounds like."""

import threading
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from daemon.speech import Speaker

PATIENCE = 60.0

SPEAKS = "text = sys.stdin.read()\nif file:\n    open(file, 'w').write('spoken: ' + text)"
HANGS = "time.sleep(60)"
HANGS_WHEN_SPEAKING = "if file:\n    open(sys.argv[0] + '.started', 'w').close(); time.sleep(60)"


@contextmanager
def closing(speaker: Speaker) -> Iterator[Speaker]:
    try:
        yield speaker
    finally:
        speaker.close()


def measured(path: Path) -> tuple[float, float]:
    """Seconds and root mean square (0..1) of a WAV file."""
    with wave.open(str(path)) as file:
        assert file.getsampwidth() == 2
        samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2") / 32768
        seconds = file.getnframes() / file.getframerate()
    return seconds, float(np.sqrt((samples**2).mean()))


def wait_for(path: Path) -> None:
    tick = threading.Event()
    for _ in range(int(PATIENCE / 0.02)):
        if path.exists():
            return
        tick.wait(0.02)
    pytest.fail(f"{path.name} did not appear")
