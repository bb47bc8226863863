"""What the terminal shows of an enrolment."""

import io

import pytest
from rich.console import Console

from daemon.clients.cli import enroll_view
from daemon.clients.cli.enroll_view import Scene
from daemon.clients.requests.preview import Picture
from enroll.guide.prompts import POSES


def picture(width: int = 80, height: int = 60) -> Picture:
    """Red on the left, blue on the right."""
    half = width // 2
    row = bytes((255, 0, 0)) * half + bytes((0, 0, 255)) * (width - half)
    return Picture(width, height, 1, row * height)


def test_the_picture_is_mirrored() -> None:
    made = enroll_view.picture(picture())
    first, last = made.spans[0].style, made.spans[39].style
    assert str(first) == "rgb(0,0,255) on rgb(0,0,255)"
    assert str(last) == "rgb(255,0,0) on rgb(255,0,0)"
    assert made.plain.count("▀") == 40 * 15


@pytest.mark.parametrize(("width", "height"), [(1, 1), (3, 7), (640, 480), (160, 120)])
def test_pictures_of_any_size_are_drawn(width: int, height: int) -> None:
    assert enroll_view.picture(picture(width, height)).plain.count("▀") == 600


@pytest.mark.parametrize(("progress", "full"), [(0.0, 0), (0.5, 12), (1.0, 24)])
def test_the_ring_fills(progress: float, full: int) -> None:
    text = enroll_view.ring(progress).plain
    assert text.count("●") == full
    assert f"{round(100 * progress)} %" in text


def test_poses_are_marked_done_wanted_or_open() -> None:
    text = enroll_view.poses((POSES[0].value,), POSES[1].value).plain
    assert text.startswith("✓ straight  ▸ left  ○ right")


@pytest.mark.parametrize("value", [None, -1.0, 0.0, 0.7, 5.0])
def test_the_bar_of_quality_has_one_length(value: float | None) -> None:
    assert enroll_view.quality(value).plain.count("━") == 20


@pytest.mark.parametrize(("width", "blocks"), [(110, 600), (60, 0)])
def test_a_narrow_terminal_leaves_the_picture_out(width: int, blocks: int) -> None:
    console = Console(file=io.StringIO(), width=width, force_terminal=True)
    scene = Scene("ada", "turn-left", 0.2, ("look-straight",), 0.8, picture())
    with console.capture() as captured:
        console.print(enroll_view.drawn(scene, console))
    shown = captured.get()
    assert shown.count("▀") == blocks
    assert "Turn your head slowly to the left" in shown
    assert "nothing is stored" in shown


def test_without_a_terminal_each_prompt_is_said_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with enroll_view.shown() as show:
        show(Scene("ada", "look-straight"))
        show(Scene("ada", "look-straight", 0.1))
        show(Scene("ada", "turn-left", 0.2))
    assert capsys.readouterr().err.splitlines() == [
        "facelatch: 0 % Look into the camera",
        "facelatch: 20 % Turn your head slowly to the left",
    ]


def test_quiet_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with enroll_view.shown(quiet=True) as show:
        show(Scene("ada", "look-straight"))
    assert capsys.readouterr() == ("", "")
