"""A program of its own: speaks standard input into a WAV file through pyttsx3.

    python engine.py FILE RATE VOLUME VOICE      VOICE "" is the engine's own; FILE "" only checks
    python engine.py --voices                    prints the voices as JSON

The engine is loaded before the text is read: started early, it speaks at once when the text comes.
It ends by itself where none comes. Exit 0 where the file is complete. One line on standard error
says what went wrong, or that the voice is not known and the engine's own spoke. It imports nothing
of Facelatch, so that it starts in a tenth of a second.
"""

import contextlib
import json
import os
import select
import sys
import threading
from typing import Any

_PATIENCE_SECONDS = 8.0
_LONGEST_WAIT_SECONDS = 120.0
_MOST_BYTES = 4096


def main() -> int:
    """Runs the program; returns its exit code."""
    try:
        import pyttsx3

        _keep_espeak_in_step()
        engine = pyttsx3.init()
    except Exception as error:  # whatever the engine raises, it is not there
        return _fail(f"no speech engine ({error})")
    if sys.argv[1] == "--voices":
        return _print_voices(engine)
    file, rate, volume, voice = sys.argv[1:5]
    if not file or not select.select([sys.stdin], [], [], _LONGEST_WAIT_SECONDS)[0]:
        return 0
    text = sys.stdin.buffer.read(_MOST_BYTES).decode()
    return _speak(engine, text, file, (int(rate), float(volume), voice)) if text else 0


def _keep_espeak_in_step() -> None:
    """Lets espeak do everything in the thread that asks for it.

    pyttsx3 2.99 runs it on a thread of espeak's own, which now and then speaks before it has taken
    the rate: one welcome in three came out too fast. In step, espeak does not report the end of a
    text, so that is done here, when it returns. Another pyttsx3 is left as it is.
    """
    with contextlib.suppress(ImportError, AttributeError):
        from pyttsx3.drivers import _espeak, espeak

        end = (_espeak.EVENT * 2)()
        end[0].type, end[1].type = _espeak.EVENT_MSG_TERMINATED, _espeak.EVENT_LIST_TERMINATED
        start, report = espeak.EspeakDriver._start_synthesis, espeak.EspeakDriver._onSynth

        def start_and_end(driver: Any, text: str) -> None:
            start(driver, text)
            report(driver, None, 0, end)

        espeak.EspeakDriver._start_synthesis = start_and_end
        _espeak.AUDIO_OUTPUT_RETRIEVAL = _espeak.AUDIO_OUTPUT_SYNCHRONOUS


def _speak(engine: Any, text: str, file: str, sound: tuple[int, float, str]) -> int:
    rate, volume, voice = sound
    finished = threading.Event()
    problems: list[str] = []
    engine.connect("finished-utterance", lambda **_: finished.set())
    engine.connect("error", lambda exception, **_: problems.append(str(exception)))
    if voice:
        engine.setProperty("voice", voice)
    engine.setProperty("rate", rate)
    engine.setProperty("volume", volume)
    engine.save_to_file(text, file)
    engine.runAndWait()
    # pyttsx3 2.99 returns before the engine's thread has written the file.
    if not finished.wait(_PATIENCE_SECONDS):
        return _fail("the speech engine did not finish")
    if problems:
        _fail(f"the speech engine does not know the voice {voice!r}" if voice else problems[0])
    return 0


def _print_voices(engine: Any) -> int:
    voices = [
        {"id": one.id, "name": one.name, "language": (one.languages or [""])[0]}
        for one in engine.getProperty("voices")
    ]
    sys.stdout.write(json.dumps(voices))
    sys.stdout.flush()
    return 0


def _fail(line: str) -> int:
    sys.stderr.write(" ".join(line.split()) + "\n")
    return 1


if __name__ == "__main__":
    code = main()
    sys.stderr.flush()
    # The engine's library asserts when the interpreter takes it down in order.
    os._exit(code)
