"""Models by name, and what there is of each."""

from dataclasses import replace
from pathlib import Path

import pytest

from models import calibrations, zoo
from models.assets import prepared, weights
from models.assets.catalogue import AUTO_EMBEDDERS, MODELS, ModelSpec
from models.errors import (
    CorruptNetworkError,
    ModelError,
    NotInstalledError,
    NotPreparedError,
    UsageError,
)
from models.scoring.calibration import HeldOut
from models.scoring.security import LEVELS
from models.types import Precision
from tests.models.calibrated import calibration
from tests.models.fakes import CONTENT, download, model
from tests.models.tiny import scaling

SPEC = model(
    download("https://release.invalid/weights.bin"),
    download("https://release.invalid/more.bin"),
    networks=("embedder",),
)
NETWORK = scaling({"out": 1.0})


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FACELATCH_CACHE", str(tmp_path / "cache"))
    (tmp_path / "cache" / "weights").mkdir(parents=True)
    return tmp_path / "cache"


def put_weights(spec: ModelSpec, content: bytes = CONTENT) -> list[Path]:
    """Files of the right names; their content is right for SPEC only."""
    paths = [weights.weights_folder() / source.filename for source in spec.downloads]
    for path in paths:
        path.write_bytes(content)
    return paths


def put_networks(spec: ModelSpec, precision: Precision = "int8") -> None:
    contents: dict[Precision, bytes] = {precision: NETWORK}
    prepared.write(spec, dict.fromkeys(spec.networks, contents), precision, {})


# State


def test_nothing_is_here() -> None:
    found = zoo.state(SPEC)
    assert found == zoo.ModelState("fake", "missing", False, 0, None, None, "")


def test_half_of_the_weights_are_here() -> None:
    path = put_weights(SPEC)[1]
    path.unlink()
    found = zoo.state(SPEC)
    assert (found.state, found.ready) == ("missing", False)
    assert found.problem == "1 of 2 files of weights missing"


def test_the_weights_are_here() -> None:
    paths = put_weights(SPEC)
    found = zoo.state(SPEC)
    assert (found.state, found.ready) == ("installed", False)
    assert (found.size, found.path) == (2 * len(CONTENT), paths[0])


def test_the_networks_are_here() -> None:
    put_weights(SPEC)
    put_networks(SPEC)
    found = zoo.state(SPEC)
    assert (found.state, found.ready, found.precision) == ("prepared", True, "int8")
    assert found.size == 2 * len(CONTENT) + len(NETWORK)
    assert found.path == prepared.folder(SPEC)


def test_networks_run_without_their_weights() -> None:
    put_networks(SPEC, "float32")
    found = zoo.state(SPEC)
    assert (found.state, found.ready, found.precision) == ("prepared", True, "float32")


def test_damaged_weights() -> None:
    path = put_weights(SPEC)[1]
    path.write_bytes(CONTENT[:-1] + b"x")
    found = zoo.state(SPEC)
    assert (found.state, found.ready) == ("corrupt", False)
    assert str(path) in found.problem


def test_damaged_networks() -> None:
    put_weights(SPEC)
    put_networks(SPEC)
    (prepared.folder(SPEC) / "embedder.int8.tflite").write_bytes(b"x")
    found = zoo.state(SPEC)
    assert (found.state, found.ready, found.precision) == ("corrupt", False, None)
    assert "embedder.int8.tflite" in found.problem


def test_a_model_without_networks_is_ready_as_it_comes() -> None:
    found = zoo.state(MODELS["haar"])
    assert (found.state, found.ready, found.precision) == ("installed", True, None)
    assert found.path is not None


# Which embedder


def test_auto_is_the_first_that_is_installed() -> None:
    assert zoo.resolve_embedder("auto") == "resnet"
    put_weights(MODELS["mobilefacenet"])
    assert zoo.resolve_embedder("auto") == "mobilefacenet"
    put_weights(MODELS["mbf"])
    assert zoo.resolve_embedder("auto") == "mbf"


def test_auto_prefers_by_what_was_measured() -> None:
    """Whoever keeps the promise to every group comes first, then whoever misses fewer owners."""
    known = [calibrations.shipped(name).held_out.get("standard") for name in AUTO_EMBEDDERS]
    ranks = [(not one.kept, one.frr) if one else (True, 1.0) for one in known]
    assert ranks == sorted(ranks)
    assert "keeps what it promises in every group" in zoo.why_auto("mobilefacenet")
    assert "was not measured" in zoo.why_auto("facenet-vggface2")


def test_what_misses_its_owner_too_often_is_not_fit() -> None:
    assert zoo.unfit("mobilefacenet") == zoo.unfit("facenet-vggface2") == ""
    assert "standard (misses its owner in" in zoo.unfit("facenet")
    assert "convenient (misses its owner in" in zoo.unfit("resnet")


def test_what_breaks_its_promise_is_not_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = replace(
        calibration(),
        held_out={"standard": HeldOut(0.1, "women", 0.2, "men", 0.01, kept=False)},
    )
    monkeypatch.setattr(calibrations, "shipped", lambda _: broken)
    assert zoo.unfit("any").endswith("standard (does not keep its promise to every group)")


@pytest.mark.parametrize("name", AUTO_EMBEDDERS)
def test_no_level_that_ships_breaks_its_promise(name: str) -> None:
    known = calibrations.shipped(name).held_out
    assert all(one.kept for one in known.values())
    assert set(known) == (set(LEVELS) if name != "facenet-vggface2" else set())


def test_auto_takes_networks_whose_weights_were_removed() -> None:
    put_networks(MODELS["mobilefacenet"])
    assert zoo.resolve_embedder("auto") == "mobilefacenet"
    (prepared.folder(MODELS["mobilefacenet"]) / "manifest.json").write_text("garbage")
    assert zoo.resolve_embedder("auto") == "resnet"


def test_auto_finds_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zoo, "AUTO_EMBEDDERS", ("facenet-vggface2", "mobilefacenet"))
    with pytest.raises(NotInstalledError, match="facelatch models fetch mobilefacenet"):
        zoo.resolve_embedder("auto")


def test_a_name_means_itself_installed_or_not() -> None:
    for name in ("facenet", "mobilefacenet", "resnet"):
        assert zoo.resolve_embedder(name) == name


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("mtcnn", "mtcnn is a detector, not an embedder"),
        ("facenett", "did you mean facenet?"),
        ("Auto", "did you mean auto?"),
        ("", "one of: facenet, facenet-vggface2, mobilefacenet"),
    ],
)
def test_what_is_no_embedder_is_refused(name: str, says: str) -> None:
    for attempt in (zoo.resolve_embedder, zoo.load_embedder):
        with pytest.raises(UsageError) as caught:
            attempt(name)
        assert says in str(caught.value)


# Loading


def test_loading_says_what_is_to_be_done_first() -> None:
    with pytest.raises(NotInstalledError, match="facelatch models fetch facenet-vggface2"):
        zoo.load_embedder("facenet-vggface2")
    put_weights(MODELS["facenet-vggface2"])
    with pytest.raises(NotPreparedError, match="facelatch models prepare facenet-vggface2"):
        zoo.load_embedder("facenet-vggface2")
    put_networks(MODELS["facenet-vggface2"])
    (prepared.folder(MODELS["facenet-vggface2"]) / "embedder.int8.tflite").write_bytes(b"x")
    with pytest.raises(CorruptNetworkError, match="facelatch models prepare facenet-vggface2"):
        zoo.load_embedder("facenet-vggface2")


def test_loading_an_embedder() -> None:
    put_networks(MODELS["resnet"])
    embedder = zoo.load_embedder()
    assert (embedder.name, embedder.precision) == ("resnet", "int8")
    assert embedder.model_id.startswith("resnet:")
    assert zoo.load_embedder("resnet", precision="int8", threads=2).name == "resnet"


def test_a_precision_that_was_refused_is_not_loaded() -> None:
    put_networks(MODELS["resnet"], "float32")
    with pytest.raises(UsageError, match="use float32"):
        zoo.load_embedder("resnet", precision="int8")


def test_the_id_of_a_model_is_the_same_in_every_precision() -> None:
    ids = set()
    precisions: tuple[Precision, ...] = ("float32", "int8")
    for precision in precisions:
        put_networks(MODELS["resnet"], precision)
        ids.add(zoo.load_embedder("resnet").model_id)
    assert len(ids) == 1


def test_a_precision_must_exist() -> None:
    with pytest.raises(UsageError, match="one of: float32, int8"):
        zoo.load_embedder("resnet", precision="int4")  # type: ignore[arg-type]


@pytest.mark.parametrize("threads", [0, -1, 65])
def test_threads_are_bounded(threads: int) -> None:
    with pytest.raises(UsageError, match="1 to 64"):
        zoo.load_embedder("resnet", threads=threads)
    with pytest.raises(UsageError, match="1 to 64"):
        zoo.load_detector("haar", threads=threads)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("resnet", "resnet is an embedder, not a detector"),
        ("mtcn", "did you mean mtcnn?"),
        ("auto", "one of: haar, mtcnn"),
    ],
)
def test_what_is_no_detector_is_refused(name: str, says: str) -> None:
    with pytest.raises(UsageError) as caught:
        zoo.load_detector(name)
    assert says in str(caught.value)


def test_loading_detectors() -> None:
    with pytest.raises(NotPreparedError, match="facelatch models prepare mtcnn"):
        zoo.load_detector()
    put_networks(MODELS["mtcnn"], "float32")
    assert zoo.load_detector().name == "mtcnn"
    assert zoo.load_detector("haar", min_face=80).name == "haar"
    for name in ("mtcnn", "haar"):
        assert zoo.load_detector(name, follow=True).name.startswith(name)


@pytest.mark.parametrize("min_face", [0, -5, 10**6])
def test_a_smallest_face_that_makes_no_sense_is_refused(min_face: int) -> None:
    put_networks(MODELS["mtcnn"], "float32")
    for name in ("mtcnn", "haar"):
        with pytest.raises(UsageError):
            zoo.load_detector(name, min_face=min_face)


def test_weights_that_cannot_be_read_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    put_weights(SPEC)

    def broken(_path: Path, *, most: int) -> str:
        raise OSError(5, f"Input/output error within {most} bytes")

    monkeypatch.setattr("models.files.sha256", broken)
    with pytest.raises(ModelError, match="Input/output error"):
        zoo.state(SPEC)
