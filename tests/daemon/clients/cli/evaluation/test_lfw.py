"""`facelatch evaluate lfw` from the command line: figures, JSON, and one line for wrong input."""

import json
from pathlib import Path

import numpy as np
import pytest

from daemon.clients.cli.main import main
from daemon.clients.cli.prepare import ensure_prepared
from models import zoo
from tests.data import shared_data
from tests.models.evaluation.fakes import ColourEmbedder, MiddleDetector, picture

PEOPLE = 12


@pytest.fixture(autouse=True)
def fakes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ColourEmbedder:
    """Pictures of one colour are people; no network runs."""
    embedder = ColourEmbedder()
    monkeypatch.setattr(zoo, "load_embedder", lambda *_, **__: embedder)
    monkeypatch.setattr(zoo, "load_detector", lambda *_, **__: MiddleDetector())
    monkeypatch.setenv("FACELATCH_CACHE", str(tmp_path / "cache"))
    return embedder


@pytest.fixture
def lfw(tmp_path: Path) -> Path:
    """A folder of twelve people with two pictures each, and their pairs in three folds."""
    rng = np.random.default_rng(4)
    lines = ["3\t4"]
    for fold in range(3):
        members = [f"P{fold * 4 + i}" for i in range(4)]
        lines += [f"{name}\t1\t2" for name in members]
        lines += [f"{members[i]}\t1\t{members[(i + 1) % 4]}\t2" for i in range(4)]
    (tmp_path / "pairs.txt").write_text("\n".join(lines))
    for person in range(PEOPLE):
        folder = tmp_path / "images" / f"P{person}"
        folder.mkdir(parents=True)
        colour = rng.integers(20, 235, 3)
        for number in (1, 2):
            shade = np.clip(colour + rng.integers(-3, 4, 3), 1, 255)
            content = picture((int(shade[0]), int(shade[1]), int(shade[2])))
            (folder / f"P{person}_{number:04d}.png").write_bytes(content)
    return tmp_path


def run(lfw: Path, *more: str) -> int:
    pairs, images = str(lfw / "pairs.txt"), str(lfw / "images")
    return main(["evaluate", "--pairs", pairs, "--images", images, *more])


def test_json_has_the_promised_keys(lfw: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(lfw, "--json") == 0
    out, _ = capsys.readouterr()
    report = json.loads(out)
    assert report["accuracy"] > 0.9
    assert report["pairs"] == 24
    assert report["undetected"] == 0
    assert report["images"] == 2 * PEOPLE
    assert set(report["frr_at_far"]) == {"0.01", "0.001"}
    assert (report["embedder"], report["detector"]) == ("colour", "middle")
    assert {"accuracy_std", "eer", "threshold"} <= set(report)


def test_the_table_says_the_same(lfw: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(lfw) == 0
    out, _ = capsys.readouterr()
    for words in ("accuracy", "EER", "FRR at FAR 0.001", "0 without a detected face"):
        assert words in out


def test_a_second_run_embeds_nothing(lfw: Path, fakes: ColourEmbedder) -> None:
    assert run(lfw, "--json") == 0
    calls = fakes.calls
    assert calls == 2 * PEOPLE
    assert run(lfw, "--json") == 0
    assert fakes.calls == calls


def test_undetected_pictures_are_counted_and_keep_their_pairs(
    lfw: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (lfw / "images" / "P0" / "P0_0001.png").write_bytes(picture((0, 0, 0)))
    assert run(lfw, "--json") == 0
    report = json.loads(capsys.readouterr().out)
    assert report["undetected"] == 1
    assert report["pairs"] == 24
    assert run(lfw) == 0
    assert "1 without a detected face (4.17 %): the middle was used" in capsys.readouterr().out


def test_a_plot_is_written(lfw: Path) -> None:
    plot = lfw / "errors.png"
    assert run(lfw, "--json", "--plot", str(plot)) == 0
    assert plot.read_bytes().startswith(b"\x89PNG")


def test_a_damaged_cache_is_said_and_made_anew(
    lfw: Path, fakes: ColourEmbedder, capsys: pytest.CaptureFixture[str]
) -> None:
    run(lfw, "--json")
    (file,) = (lfw / "cache" / "embeddings").glob("*.faces")
    file.write_bytes(file.read_bytes()[:-7])
    first = json.loads(capsys.readouterr().out)
    assert run(lfw, "--json") == 0
    out, err = capsys.readouterr()
    assert "is damaged; it is made anew" in err
    assert json.loads(out)["accuracy"] == first["accuracy"]
    assert fakes.calls == 4 * PEOPLE


def fails(capsys: pytest.CaptureFixture[str], says: str) -> None:
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.splitlines()) == 1
    assert says in err
    assert "Traceback" not in err


def test_missing_pictures(lfw: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (lfw / "images" / "P3" / "P3_0002.png").unlink()
    assert run(lfw, "--json") == 2
    fails(capsys, "1 of 24 pictures of the pairs are not in")
    assert run(lfw, "--json", "--skip-missing") == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["missing"], report["pairs_left_out"], report["pairs"]) == (1, 2, 22)


def test_unreadable_pictures(lfw: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (lfw / "images" / "P3" / "P3_0002.png").write_bytes(b"no picture")
    assert run(lfw, "--json") == 2
    fails(capsys, "1 of 24 pictures cannot be read, such as")
    assert run(lfw, "--json", "--skip-missing") == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["unreadable"], report["pairs_left_out"], report["pairs"]) == (1, 2, 22)


def test_every_picture_unreadable(lfw: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for path in (lfw / "images").rglob("*.png"):
        path.write_bytes(b"")
    assert run(lfw, "--skip-missing") == 2
    fails(capsys, "no pair of a fold is left")


def test_wrong_folders_and_files(lfw: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pairs, images = str(lfw / "pairs.txt"), str(lfw / "images")
    (lfw / "empty").mkdir()
    for arguments, says in (
        (["--pairs", pairs, "--images", str(lfw / "empty")], "none of the 24 pictures"),
        (["--pairs", pairs, "--images", str(lfw / "none")], "is not a folder"),
        (["--pairs", images, "--images", images], "is not a file"),
        (
            ["--pairs", str(lfw / "images" / "P0" / "P0_0001.png"), "--images", images],
            "not a text file",
        ),
        (["--pairs", pairs, "--images", images, "--plot", "x.txt"], "no name for a plot"),
    ):
        assert main(["evaluate", *arguments]) == 2
        fails(capsys, says)


def test_some_real_pictures_of_lfw(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.undo()
    ensure_prepared(["mtcnn", "resnet"], quiet=True)
    folder = shared_data("lfw")
    lines = (folder / "pairs.txt").read_text().splitlines()
    # Two folds of ten pairs each kind, out of the first two.
    chosen = [
        line for start in (1, 601) for line in (*lines[start:][:10], *lines[start + 300 :][:10])
    ]
    (tmp_path / "pairs.txt").write_text("\n".join(["2\t10", *chosen]))
    images = str(folder / "images")
    arguments = ["--pairs", str(tmp_path / "pairs.txt"), "--images", images]
    assert main(["evaluate", *arguments, "--embedder", "resnet", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["accuracy"] >= 0.9
    assert report["undetected"] == 0
    assert report["eer"] <= 0.1
