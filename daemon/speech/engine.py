"""A program of its own: speaks standard input into a WAV file through pyttsx3.

    python engine.py FILE RATE VOLUME VOICE      VOICE "" is the engine's own; FILE "" only checks

Exit 0 where the file is complete. One line on standard error says what went wrong, or that the
voice is not known and the engine's own spoke. It imports nothing of Facelatch, so that it starts
in a tenth of a second.
"""

import os
import sys
import threading

_PATIENCE_SECONDS = 8.0
_MOST_BYTES = 4096


def main() -> int:
    """Runs the program; returns its exit code."""
    file, rate, volume, voice = sys.argv[1:5]
    try:
        import pyttsx3

        engine = pyttsx3.init()
    except Exception as error:  # whatever the engine raises, it is not there
        return _fail(f"no speech engine ({error})")
    if not file:
        return 0
    finished = threading.Event()
    problems: list[str] = []
    engine.connect("finished-utterance", lambda **_: finished.set())
    engine.connect("error", lambda exception, **_: problems.append(str(exception)))
    if voice:
        engine.setProperty("voice", voice)
    engine.setProperty("rate", int(rate))
    engine.setProperty("volume", float(volume))
    engine.save_to_file(sys.stdin.buffer.read(_MOST_BYTES).decode(), file)
    engine.runAndWait()
    # pyttsx3 2.99 returns before the engine's thread has written the file.
    if not finished.wait(_PATIENCE_SECONDS):
        return _fail("the speech engine did not finish")
    if problems:
        _fail(f"the speech engine does not know the voice {voice!r}" if voice else problems[0])
    return 0


def _fail(line: str) -> int:
    sys.stderr.write(" ".join(line.split()) + "\n")
    return 1


if __name__ == "__main__":
    code = main()
    sys.stderr.flush()
    # The engine's library asserts when the interpreter takes it down in order.
    os._exit(code)
