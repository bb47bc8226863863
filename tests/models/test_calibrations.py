"""Which calibration counts, and that a damaged or foreign one is an error."""

import json
from pathlib import Path

import pytest

from models import calibrations
from models.assets.catalogue import AUTO_EMBEDDERS, spec
from models.assets.weights import source_digest
from models.embedders.spec import EMBEDDERS
from models.errors import CorruptModelError, ModelError, NotInstalledError
from models.scoring.security import LEVELS
from models.types import Precision
from tests.models.calibrated import NamedEmbedder, calibration, cohort

EMBEDDER = NamedEmbedder()


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACELATCH_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that stands in for the shipped one, with a calibration in it."""
    folder = tmp_path / "shipped"
    folder.mkdir()
    monkeypatch.setattr(calibrations, "SHIPPED", folder)
    monkeypatch.setattr(calibrations.shipped_path, "__defaults__", (folder,))
    calibrations.save(calibration(), calibrations.shipped_path(EMBEDDER))
    return folder


def _save_own(**changes: object) -> Path:
    path = calibrations.user_path(EMBEDDER)
    calibrations.save(calibration(cohort=cohort(), **changes), path)  # type: ignore[arg-type]
    return path


@pytest.mark.usefixtures("shipped")
def test_ones_own_comes_before_the_shipped_one() -> None:
    assert calibrations.load(EMBEDDER).cohort is None
    path = _save_own()
    assert calibrations.load(EMBEDDER).cohort is not None
    path.unlink()
    assert calibrations.load(EMBEDDER).cohort is None


def test_without_any_nothing_is_decided() -> None:
    with pytest.raises(NotInstalledError, match="no calibration of fake in int8"):
        calibrations.load(EMBEDDER)


@pytest.mark.usefixtures("shipped")
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"1e999",
        b"[" * 100_000,
        b'{"format": 1}',
        b" " * 1_000_001,
        b'{"format": 1, "model_id": ' + b"9" * 5000 + b"}",
    ],
)
def test_a_damaged_one_is_an_error_and_not_a_reason_to_take_another(content: bytes) -> None:
    path = _save_own()
    path.write_bytes(content)
    with pytest.raises(CorruptModelError, match="is damaged; remove it") as error:
        calibrations.load(EMBEDDER)
    assert "\n" not in str(error.value)


@pytest.mark.usefixtures("shipped")
def test_one_of_other_weights_is_refused() -> None:
    _save_own(model_id="fake:ffffffffffffffff")
    with pytest.raises(CorruptModelError, match="not of the fake that runs"):
        calibrations.load(EMBEDDER)


@pytest.mark.usefixtures("shipped")
def test_one_of_another_metric_is_refused() -> None:
    with pytest.raises(CorruptModelError, match="not of the fake that runs"):
        calibrations.load(NamedEmbedder(metric="euclidean"))


@pytest.mark.usefixtures("shipped")
@pytest.mark.parametrize("target", ["file", "folder"])
def test_what_others_could_change_is_not_used(target: str) -> None:
    path = _save_own()
    (path if target == "file" else path.parent).chmod(0o777)
    with pytest.raises(CorruptModelError, match="can be changed by other users"):
        calibrations.load(EMBEDDER)


@pytest.mark.usefixtures("shipped")
def test_what_is_no_file_is_refused() -> None:
    path = _save_own()
    path.unlink()
    path.mkdir()
    with pytest.raises(ModelError):
        calibrations.load(EMBEDDER)


@pytest.mark.parametrize("model_id", ["../../etc:0", "a b:0", "", "A:0", "x" * 200])
def test_a_name_that_is_a_path_is_none(model_id: str) -> None:
    with pytest.raises(ModelError, match="no calibration can have"):
        calibrations.user_path(NamedEmbedder(model_id=model_id))


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "new" / "fake.json"
    calibrations.save(calibration(), path)
    assert [one.name for one in path.parent.iterdir()] == ["fake.json"]
    assert path.stat().st_mode & 0o777 == 0o644
    assert json.loads(path.read_text())["format"] == 1
    with pytest.raises(ModelError, match="cannot write"):
        calibrations.save(calibration(), path / "below" / "fake.json")


@pytest.mark.parametrize("precision", ["int8", "float32"])
@pytest.mark.parametrize("name", AUTO_EMBEDDERS)
def test_every_embedder_ships_with_a_calibration(name: str, precision: Precision) -> None:
    """Of the weights and the metric that run; `facenet-vggface2`'s is marked as what it is."""
    embedder = NamedEmbedder(
        name=name,
        model_id=f"{name}:{source_digest(spec(name))[:16]}.{EMBEDDERS[name].revision}",
        precision=precision,
        metric=EMBEDDERS[name].metric,
    )
    shipped = calibrations.load(embedder)
    assert shipped.provenance.kind == ("published" if name == "facenet-vggface2" else "measured")
    thresholds = [shipped.threshold(far) for far in sorted(LEVELS.values())]
    assert thresholds == sorted(thresholds)
    assert all(shipped.extrapolated(far) for far in LEVELS.values()) == (name == "facenet-vggface2")
