"""What the test of the recognition shows after each event."""

import pytest

from daemon.clients.requests.verify import Decided, Progressed, decided, progressed
from daemon.clients.windows import gauge
from daemon.clients.windows.gauge import Gauge


def test_the_distance_stands_where_it_belongs() -> None:
    now = gauge.progressed(Gauge(), Progressed("face-seen", 0.5, 1.0, 0.8))
    assert (now.headline, now.share, now.limit) == ("Looking at you", 0.25, 0.5)
    assert now.figures == "Distance 0.500, within the limit of 1.000"
    assert not now.over


def test_what_was_measured_last_stays() -> None:
    now = gauge.progressed(Gauge(), Progressed("face-seen", 0.5, 1.0, 0.8))
    now = gauge.progressed(now, Progressed("too-dark"))
    assert (now.headline, now.distance) == ("Too dark: turn on a light", 0.5)


@pytest.mark.parametrize(("distance", "share"), [(0.0, 0.0), (9.0, 1.0), (float("inf"), 1.0)])
def test_the_mark_stays_on_the_bar(distance: float, share: float) -> None:
    assert Gauge(distance=distance, threshold=1.0).share == share


def test_without_a_threshold_there_is_no_mark() -> None:
    assert Gauge(distance=0.5).share is None
    assert Gauge(distance=0.5, threshold=0.0).share is None


@pytest.mark.parametrize(
    ("event", "headline", "line"),
    [
        (Decided("matched", "recognised", milliseconds=640.0), "Recognised", "0.6 seconds"),
        (Decided("not-matched", "not-recognised"), "Not recognised", "add an appearance"),
        (Decided("undecided", "no-face"), "Could not tell", "Nobody was in the picture."),
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
    assert progressed("face-seen", {"distance": 0.4, "box": (0, 0, 1, 1)}) == Progressed(
        "face-seen", 0.4
    )
    details = {"distance": 0.4, "threshold": 1.0, "milliseconds": 12.0, "guidance": "too-dark"}
    event = decided("matched", "recognised", details)
    assert event.matched
    assert (event.guidance, event.threshold, event.milliseconds) == ("too-dark", 1.0, 12.0)
