"""What the test of the recognition shows after each event."""

import pytest

from daemon.clients.requests.verify import Decided, Progressed, decided, progressed
from daemon.clients.windows import gauge
from daemon.clients.windows.gauge import Gauge


@pytest.mark.parametrize(
    ("light", "meaning"),
    [
        ("green", "This picture shows you"),
        ("amber", "Nobody can tell by this picture"),
        ("red", "This picture shows somebody else"),
        ("", "No face seen yet"),
        ("colour-of-tomorrow", "No face seen yet"),
    ],
)
def test_each_light_has_its_words(light: str, meaning: str) -> None:
    now = gauge.progressed(Gauge(), Progressed("face-seen", light, 0.8))
    assert (now.headline, now.light, now.meaning) == ("Looking at you", light, meaning)
    assert not now.over


def test_what_was_seen_last_stays() -> None:
    now = gauge.progressed(Gauge(), Progressed("face-seen", "green", 0.8))
    now = gauge.progressed(now, Progressed("looking"))
    assert (now.headline, now.light, now.quality) == ("Look into the camera", "green", 0.8)


@pytest.mark.parametrize(
    ("event", "headline", "line"),
    [
        (Decided("matched", "recognised", milliseconds=640.0), "Recognised", "0.6 seconds"),
        (Decided("not-matched", "not-recognised"), "Not recognised", "add an appearance"),
        (
            Decided("undecided", "no-face"),
            "Could not tell",
            "No face was in the picture, or it was covered.",
        ),
        (Decided("undecided", "no-usable-face", "hold-still"), "Could not tell", "Hold still."),
        (Decided("undecided", "a-new-reason"), "Could not tell", "A new reason."),
    ],
)
def test_each_end_has_its_words(event: Decided, headline: str, line: str) -> None:
    now = gauge.decided(Gauge(), event)
    assert now.over
    assert now.headline == headline
    assert line in now.line


def test_a_problem_is_an_end() -> None:
    now = gauge.problem("the daemon is not running")
    assert now.over
    assert now.line == "The daemon is not running"


@pytest.mark.parametrize(
    "word", ["waiting", "looking", "face-seen", "turn-left", "word-of-tomorrow"]
)
def test_every_word_says_something(word: str) -> None:
    assert gauge.progressed(Gauge(), Progressed(word)).headline


def test_signals_become_events() -> None:
    details = {"light": "red", "quality": 0.5, "box": (0, 0, 1, 1)}
    assert progressed("face-seen", details) == Progressed("face-seen", "red", 0.5)
    event = decided("matched", "recognised", {"milliseconds": 12.0, "guidance": "too-dark"})
    assert event.matched
    assert (event.guidance, event.milliseconds) == ("too-dark", 12.0)
