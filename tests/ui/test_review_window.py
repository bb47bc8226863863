"""Faces of a data set struck in a window, by keyboard."""

from pathlib import Path

from models.training import dataset
from tests.models.training import toys
from tests.ui.desktop import Desktop, facelatch

TITLE = "Facelatch: whose faces?"


def test_a_pressed_face_is_struck(bare_desktop: Desktop, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    toys.dataset(folder, size=96)
    bare_desktop.run("review", *facelatch("dataset", "review", str(folder), "--window"))
    bare_desktop.window(TITLE)
    # The first face has the focus; the next one is struck and taken back.
    bare_desktop.keys("space", "Tab", "space", "space")
    bare_desktop.picture("review-window")
    bare_desktop.keys("alt+l")
    assert bare_desktop.processes.pop("review").wait(60) == 0
    struck = [one.number for one in dataset.read(folder).pictures if one.struck]
    assert struck == [dataset.read(folder).pictures[0].number]
    assert "left out: 1 struck" in bare_desktop.log("review")


def test_leaving_changes_nothing(bare_desktop: Desktop, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    before = toys.dataset(folder)
    bare_desktop.run("review", *facelatch("dataset", "review", str(folder), "--window"))
    bare_desktop.window(TITLE)
    bare_desktop.keys("space", "Escape")
    assert bare_desktop.processes.pop("review").wait(60) == 0
    assert dataset.read(folder) == before
