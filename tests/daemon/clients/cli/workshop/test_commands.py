"""The workshop's commands as a person types them, where no network is needed."""

from pathlib import Path

import pytest

from daemon.clients.cli.main import main
from tests.models.training import toys


def test_a_review_strikes_by_number(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    toys.dataset(tmp_path)
    assert main(["dataset", "review", str(tmp_path), "--strike", "1,3-4"]) == 0
    told = capsys.readouterr()
    assert "train" in told.out
    assert "left out: 3 struck" in told.err
    assert (tmp_path / "pairs.npz").is_file()
    assert (tmp_path / "sheet-1.png").is_file()


def test_a_review_asks_on_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    toys.dataset(tmp_path)
    monkeypatch.setattr("sys.stdin.readline", lambda: "2\n", raising=False)
    assert main(["dataset", "review", str(tmp_path), "--triplets", "all"]) == 0
    assert "left out: 1 struck" in capsys.readouterr().err


def test_a_window_needs_a_screen(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    toys.dataset(tmp_path)
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    assert main(["dataset", "review", str(tmp_path), "--window"]) == 2
    assert "there is no screen here" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["train", "none", "--name", "x"], "holds no data set"),
        (["train", "data", "none", "--name", "x"], "holds no data set"),
        (["train", "owner", "x", "--me", "a", "--others", "b", "--further", "c"], "go together"),
        (["dataset", "prepare", "none", "out"], "neither a folder of people"),
        (["dataset", "review", "none"], "holds no data set"),
        (["predict", "x.jpg", "--references", "r", "--plot", "x.txt"], "no name for a plot"),
        (["web", "--port", "70000"], "there is no port 70000"),
    ],
)
def test_wrong_input_is_one_line(
    words: list[str],
    says: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    pytest.importorskip("flask")
    assert main(words) == 2
    error = capsys.readouterr().err
    assert says in error
    assert len(error.strip().splitlines()) == 1


def test_the_table_of_runs_that_are_there_needs_some(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["evaluate", "siamese", "--images", str(tmp_path), "--output", str(tmp_path)]
    assert main([*words, "--finished"]) == 2
    assert "no run of olivetti, bce was measured" in capsys.readouterr().err
