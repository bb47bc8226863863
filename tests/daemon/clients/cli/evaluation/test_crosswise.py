"""`facelatch evaluate crosswise`: everybody enrolled, and looked for in everybody's clips."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from daemon.clients.cli.evaluation import attempts
from daemon.clients.cli.main import main
from daemon.recognition.models import Models
from daemon.sources.base import Frame
from models.types import Image
from tests.daemon.fakes import ADA, BOB, CRITERION, NOBODY, FakeDetector, FakeEmbedder, picture

SHOWN = {"ada.mp4": ADA, "bob.mp4": BOB, "ada again.mp4": ADA, "empty.mp4": NOBODY}


@pytest.fixture(autouse=True)
def clips(monkeypatch: pytest.MonkeyPatch) -> None:
    def read(path: Path) -> Iterator[Frame]:
        shown: Image = picture(SHOWN[path.name])
        yield from (Frame(shown, index / 10, index) for index in range(40))

    found = Models(FakeDetector(), "fake", FakeEmbedder(), CRITERION, None)
    monkeypatch.setattr(attempts, "loaded", lambda *_: found)
    monkeypatch.setattr(attempts, "frames_of", read)


def test_two_people_are_strangers_to_each_other(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "crosswise", "--json", "--clips", "ada.mp4", "bob.mp4"]) == 0
    rows = json.loads(capsys.readouterr().out)["enrolments"]
    assert [row["enrolled from"] for row in rows] == ["the whole clip", "three seconds"]
    for row in rows:
        assert (row["strangers let in"], row["strangers"]) == (0, 2)
        assert (row["owners let in"], row["owners"]) == (2, 2)
        assert (row["frames within"], row["frames"]) == (0, 80)
        assert row["nearest"] > CRITERION.threshold


def test_who_is_let_in_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    """Here the same person under two names, and a clip in which nobody is to be enrolled."""
    clips = ["ada.mp4", "ada again.mp4", "empty.mp4"]
    assert main(["evaluate", "crosswise", "--clips", *clips]) == 0
    said = capsys.readouterr().out
    assert "let in: enrolled from three seconds of ada.mp4, seen in ada again.mp4\n" in said
    assert said.count("let in: ") == 4


@pytest.mark.parametrize("clips", [["ada.mp4"], ["ada.mp4", "x/ada.mp4"]])
def test_clips_are_two_at_least_of_different_names(
    clips: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", "crosswise", "--clips", *clips]) == 2
    assert "at least two clips" in capsys.readouterr().err
