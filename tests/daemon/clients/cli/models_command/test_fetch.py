"""`facelatch models fetch`: from a mirror, one failure among several, what cannot be fetched."""

from pathlib import Path

import pytest

from models.assets import weights
from models.assets.catalogue import MODELS, ModelSpec
from models.errors import UsageError
from tests.daemon.clients.cli.models_command.calling import answer, call
from tests.models.fakes import CONTENT


def test_fetching_from_a_mirror_folder(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    fake: ModelSpec,
) -> None:
    (tmp_path / "weights.bin").write_bytes(CONTENT)
    monkeypatch.setenv("FACELATCH_MIRROR", str(tmp_path))
    target = weights.weights_folder() / "weights.bin"
    target.unlink()
    for outcome in ("fetched", "present"):
        row = answer(capsys, "fetch", fake.name)["fake"]
        assert (row["outcome"], row["size"]) == (outcome, len(CONTENT))
        assert row["files"] == [{"file": "weights.bin", "path": str(target), "outcome": outcome}]
    target.unlink()
    assert call("fetch", fake.name) == 0
    shown = capsys.readouterr()
    assert shown.out.splitlines()[1].split() == ["fake", "fetched", "307.2", "kB"]
    assert shown.err == "facelatch: fetching weights.bin (307.2 kB)\n"


def test_one_failure_does_not_keep_the_others_from_their_turn(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    fake: ModelSpec,
) -> None:
    monkeypatch.setenv("FACELATCH_MIRROR", str(tmp_path))
    rows = answer(capsys, "fetch", "all", code=2)
    assert set(rows) == {name for name, spec in MODELS.items() if spec.downloads}
    assert set(rows) > {"facenet-vggface2", "mobilefacenet", "fake"}
    assert rows[fake.name]["outcome"] == "present"
    assert rows["facenet-vggface2"]["outcome"] == "failed"
    assert "cannot fetch 20180402-114759-weights.h5" in rows["facenet-vggface2"]["error"]
    assert call("fetch", "all") == 2
    shown = capsys.readouterr()
    assert len(shown.err.splitlines()) == len(rows) - 1
    assert "fake" in shown.out


def test_what_to_fetch_must_be_said() -> None:
    with pytest.raises(UsageError, match=r"one of: facenet-vggface2, mobilefacenet, .*, all, auto"):
        call("fetch")


def test_a_model_of_a_package_is_not_fetched(capsys: pytest.CaptureFixture[str]) -> None:
    row = answer(capsys, "fetch", "mtcnn", code=2)["mtcnn"]
    assert "PyPI package mtcnn" in row["error"]
