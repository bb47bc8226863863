"""`facelatch models calibrate`: a calibration of one's own, and one line for what cannot be."""

import json
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest

from daemon.clients.cli.evaluation import common
from daemon.clients.cli.main import main
from models import calibrations, zoo
from models.errors import CorruptModelError
from models.evaluation import gathered
from models.types import Embedding, Image, Precision
from tests.models.evaluation.fakes import ColourEmbedder, MiddleDetector

PEOPLE, PICTURES = 24, 5


class DirectionEmbedder(ColourEmbedder):
    """Embeds which way the colour lies from grey."""

    def embed(self, chips: Sequence[Image]) -> Embedding:
        towards = super().embed(chips) - 128.0
        return np.asarray(towards / np.linalg.norm(towards), dtype=np.float32)


@pytest.fixture(autouse=True)
def fakes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ColourEmbedder:
    """Pictures of one colour are people; no network runs."""
    embedder = DirectionEmbedder()
    monkeypatch.setattr(zoo, "load_embedder", lambda *_, **__: embedder)
    monkeypatch.setattr(zoo, "load_detector", lambda *_, **__: MiddleDetector())
    monkeypatch.setenv("FACELATCH_CACHE", str(tmp_path / "cache"))
    return embedder


def _picture(path: Path, shade: "np.typing.NDArray[np.int64]") -> None:
    rng = np.random.default_rng(int(shade.sum()))
    image = np.clip(shade + rng.integers(-20, 21, (120, 120, 1)), 1, 255).astype(np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), image)


@pytest.fixture
def images(tmp_path: Path) -> Path:
    rng = np.random.default_rng(1)
    for person in range(PEOPLE):
        colour = rng.integers(60, 200, 3)
        for number in range(PICTURES):
            shade = colour + rng.integers(-6, 7, 3)
            _picture(tmp_path / "faces" / f"P{person:02}" / f"{number}.png", shade)
    return tmp_path / "faces"


def _run(folder: Path, *arguments: str) -> int:
    return main(["models", "calibrate", "--images", str(folder), *arguments])


def test_what_was_calibrated_is_what_decides(
    images: Path, fakes: ColourEmbedder, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run(images, "--data", "colours") == 0
    made = calibrations.load(fakes)
    assert (made.provenance.kind, made.provenance.data) == ("measured", "colours")
    assert (made.provenance.people, made.provenance.pictures) == (PEOPLE, PEOPLE * PICTURES)
    assert made.extrapolated(1e-4)
    assert str(images) not in calibrations.user_path(fakes).read_text()
    assert "FAR 1e-03" in capsys.readouterr().out


def test_one_measurement_can_stand_for_both_precisions(
    images: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def load(*_: object, precision: Precision | None) -> DirectionEmbedder:
        embedder = DirectionEmbedder()
        embedder.precision = precision or "int8"
        return embedder

    monkeypatch.setattr(zoo, "load_embedder", load)
    assert _run(images, "--data", "colours", "--both-precisions", "--output", str(tmp_path)) == 0
    measured = calibrations.read(tmp_path / "colour-int8.json")
    taken = calibrations.read(tmp_path / "colour-float32.json")
    assert (measured.precision, measured.provenance.data) == ("int8", "colours")
    assert (taken.precision, taken.provenance.data) == ("float32", "colours (measured in int8)")
    assert "--precision int8" in taken.provenance.command
    assert taken.threshold(1e-1) == measured.threshold(1e-1)


def test_embeddings_that_are_no_directions_have_no_crowd(
    images: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    raw = ColourEmbedder()
    monkeypatch.setattr(zoo, "load_embedder", lambda *_, **__: raw)
    assert _run(images) == 2  # farther apart than any calibration goes
    assert "nothing to calibrate on" in capsys.readouterr().err
    assert not calibrations.user_path(raw).exists()


def test_what_is_left_out_is_counted(images: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (images / "P00" / "broken.jpg").write_bytes(b"\xff\xd8\xff")
    (images / "P00" / "notes.txt").write_text("x")
    assert cv2.imwrite(str(images / "P01" / "black.png"), np.zeros((120, 120, 3), np.uint8))
    assert _run(images, "--json") == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["unreadable"], row["undetected"], row["left_out"]) == (1, 1, 1)
    assert row["unusable"] == 2


def test_folders_that_cannot_be_calibrated_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    for person in ("A", "B"):
        _picture(tmp_path / "few" / person / "1.png", np.array([90, 90, ord(person)]))
        (tmp_path / "broken" / person).mkdir(parents=True)
        (tmp_path / "broken" / person / "1.png").write_bytes(b"x")
        (tmp_path / "black" / person).mkdir(parents=True)
        black = np.zeros((120, 120, 3), np.uint8)
        assert cv2.imwrite(str(tmp_path / "black" / person / "1.png"), black)
    _picture(tmp_path / "alone" / "A" / "1.png", np.array([90, 90, 90]))
    for name, says in (
        ("none", "is not a folder"),
        ("empty", "no pictures in"),
        ("alone", "pictures of one person only: 'A'"),
        ("few", "0 people have more than 3 usable pictures"),
        ("broken", "none of the 2 pictures shows a usable face: 2 unreadable, 0 without a face"),
        ("black", "none of the 2 pictures shows a usable face: 0 unreadable, 2 without a face"),
    ):
        assert _run(tmp_path / name) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert len(err.splitlines()) == 1
        assert says in err


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"measured_far": ', '"measured_far": NaN, "x": '),
        ('"distances": [', '"distances": [NaN, '),
        ('"llr": [', '"llr": [Infinity, '),
        ('"rest": ', '"rest": -'),
        ('"commonness": [', '"commonness": [1e999, '),
        ('"kind": "measured"', '"kind": "trusted"'),
    ],
)
def test_a_poisoned_calibration_is_refused(
    images: Path, fakes: ColourEmbedder, before: str, after: str
) -> None:
    assert _run(images) == 0
    path = calibrations.user_path(fakes)
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after, 1))
    with pytest.raises(CorruptModelError, match="damaged"):
        calibrations.load(fakes)


def test_a_further_group_is_gathered_and_wrong_names_are_left_out(
    images: Path, tmp_path: Path
) -> None:
    """The last picture of M1 shows M0; P01 has pictures in both folders and is one person."""
    rng = np.random.default_rng(2)
    green, blue = np.array([60, 200, 60]), np.array([200, 60, 60])
    for name, colours in (("M0", [green] * 5), ("M1", [blue] * 4 + [green])):
        for number, colour in enumerate(colours):
            path = tmp_path / "more" / name / f"{number}.png"
            _picture(path, colour + rng.integers(-6, 7, 3))
    (tmp_path / "more" / "P01").mkdir()
    for path in sorted((images / "P01").iterdir())[3:]:
        path.rename(tmp_path / "more" / "P01" / path.name)
    made = gathered.gather(
        common.workbench("any", 40),
        images,
        [tmp_path / "more"],
        DirectionEmbedder(),
        lambda _: DirectionEmbedder(),
    )
    assert made.mislabelled == 1
    assert made.groups == dict.fromkeys(("M0", "M1", "P01"), "more")
    assert np.bincount(made.faces.people).tolist() == [PICTURES] * (PEOPLE + 1) + [4]


def test_whoever_is_in_a_further_folder_is_of_no_group_of_the_first() -> None:
    lists = [{"A": "others", "B": "others"}, {"A": "men", "B": "women"}]
    assert gathered.lists_of_groups(lists, {"A": "more"}) == [
        {"B": "others"},
        {"B": "women"},
        {"A": "more"},
    ]
    assert gathered.lists_of_groups(lists, {}) == lists
