"""`evaluate oneshot` as a person types it, on patterns in place of people."""

import json
from pathlib import Path

import cv2
import pytest

from daemon.clients.cli.evaluation import common
from daemon.clients.cli.main import main
from tests.models.training import toys
from tests.models.training.test_references import Patterns


@pytest.fixture
def images(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(common, "load_embedder", lambda _name, _precision: Patterns())
    monkeypatch.setattr(common, "load_detector", lambda _name, _face: toys.OneFace())
    folder = tmp_path / "people"
    for person in range(3):
        (folder / f"p{person:02d}").mkdir(parents=True)
        for number in range(2):
            path = folder / f"p{person:02d}" / f"{number}.png"
            cv2.imwrite(str(path), toys.picture(person, number))
    return folder


def test_who_was_trained_on_stands_first(
    images: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    made = toys.dataset(data)
    plot = tmp_path / "plot.png"
    words = ["evaluate", "oneshot", "--images", str(images), "--dataset", str(data), "--json"]
    assert main([*words, "--plot", str(plot)]) == 0
    told = json.loads(capsys.readouterr().out)
    known = [name in (*made.split.train, *made.split.validation) for name in ("p00", "p01", "p02")]
    seen = [one["in training"] == "trained on" for one in told["people"]]
    assert seen == sorted(known, reverse=True)
    assert told["embedders"][0]["right"] == 1.0
    assert plot.read_bytes().startswith(b"\x89PNG")


def test_a_table_is_printed(images: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "oneshot", "--images", str(images)]) == 0
    out = capsys.readouterr().out
    assert "p01" in out
    assert "100 %" in out
    assert "trained on" not in out
