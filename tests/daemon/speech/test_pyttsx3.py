"""pyttsx3 is what `daemon/speech/engine.py` was written against.

A digest that differs means: read what changed there, mend `_keep_espeak_in_step`, listen
(tests/daemon/speech/test_priming.py does), then pin the version and put the digest here.
"""

import pytest

from tests.private_parts import digest

_DRIVER = "drivers/espeak.py"
_LIBRARY = "drivers/_espeak.py"


@pytest.mark.parametrize(
    ("file", "names", "expected"),
    [
        (_DRIVER, ("EspeakDriver._start_synthesis", "EspeakDriver._onSynth"), "b6716e29f35d7007"),
        (
            _LIBRARY,
            (
                "EVENT",
                "EVENT_MSG_TERMINATED",
                "EVENT_LIST_TERMINATED",
                "AUDIO_OUTPUT_RETRIEVAL",
                "AUDIO_OUTPUT_SYNCHRONOUS",
            ),
            "f9f1005ecee4153b",
        ),
    ],
)
def test_the_parts_that_are_overridden_are_the_same(
    file: str, names: tuple[str, ...], expected: str
) -> None:
    assert digest("pyttsx3", file, *names) == expected
