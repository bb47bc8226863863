"""Models are loaded once, anew after a change, and given back when idle."""

import numpy as np
import pytest

from daemon.camera.model_loader import ModelLoader, load_models
from daemon.camera.reports import ModelReport
from daemon.clients.cli.prepare import ensure_prepared
from daemon.config import Config, Loading, Recognition
from daemon.recognition.models import Models
from daemon.recognition.observe import analyse
from daemon.sources.base import Frame
from models.assets import runtime
from models.assets.catalogue import spec
from models.assets.weights import installed
from models.errors import FacelatchError
from tests.daemon.fakes import CRITERION, FakeDetector, FakeEmbedder, FakeSource
from tests.portraits import owner_portrait


class FakeOpener:
    """Counts what it loads."""

    def __init__(self, *, unload_seconds: float = 0.0) -> None:
        self.config = Config(loading=Loading(unload_seconds=unload_seconds))
        self.loads = 0
        self.problem = ""

    def load(self) -> Models:
        if self.problem:
            raise FacelatchError(self.problem)
        self.loads += 1
        return Models(FakeDetector(), "fake", FakeEmbedder(), CRITERION)

    def open(self) -> FakeSource:
        return FakeSource([])

    def may_use(self, source: object) -> bool:  # noqa: ARG002 - see Opener
        return True


class Scene:
    """A loader with a clock that only the test moves."""

    def __init__(self, *, unload_seconds: float = 0.0) -> None:
        self.now = 100.0
        self.told: list[ModelReport] = []
        self.opener = FakeOpener(unload_seconds=unload_seconds)
        self.loader = ModelLoader(self.opener, self.told.append, clock=lambda: self.now)


def test_models_are_loaded_when_first_needed_and_only_once() -> None:
    scene = Scene()
    assert scene.opener.loads == 0
    assert scene.loader.get() is scene.loader.get()
    assert scene.opener.loads == 1
    (report,) = scene.told
    assert (report.loaded, report.model_id, report.detector) == (True, "fake:0", "fake")


def test_other_models_are_loaded_anew_and_another_camera_loads_none() -> None:
    scene = Scene()
    before = scene.loader.get()
    scene.loader.configure(scene.opener, anew=False)
    assert scene.loader.get() is before
    scene.loader.configure(scene.opener, anew=True)
    assert scene.loader.get() is not before
    assert scene.opener.loads == 2


def test_what_cannot_be_loaded_is_told_and_tried_again() -> None:
    scene = Scene()
    scene.opener.problem = "no weights"
    with pytest.raises(FacelatchError, match="no weights"):
        scene.loader.get()
    assert [one.problem for one in scene.told] == ["no weights"]
    scene.opener.problem = ""
    scene.loader.get()
    assert scene.told[-1].loaded


def test_idle_models_are_unloaded_after_their_time() -> None:
    scene = Scene(unload_seconds=10.0)
    assert scene.loader.unload_at == float("inf")
    scene.loader.get()
    scene.now += 5.0
    scene.loader.used()
    assert scene.loader.unload_at == 115.0
    scene.loader.unload()
    assert not scene.told[-1].loaded
    assert scene.loader.unload_at == float("inf")


def test_models_stay_where_no_time_is_configured() -> None:
    scene = Scene()
    scene.loader.get()
    assert scene.loader.unload_at == float("inf")


def test_the_first_frame_of_a_face_finds_every_network_ready(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cues = ["facemesh", "iris", "minifasnet-v2", "minifasnet-v1se"]
    if not all(installed(spec(name)) for name in cues):
        pytest.skip("no weights: FACELATCH_DATA names no shared data")
    ensure_prepared(["mtcnn", "resnet", *cues], quiet=True)
    models = load_models(Recognition(embedder="resnet"), liveness=True)
    made: list[tuple[int, ...]] = []

    class Bound(runtime._Bound):
        def __init__(self, content: bytes, shape: tuple[int, ...], threads: int) -> None:
            made.append(shape)
            super().__init__(content, shape, threads)

    monkeypatch.setattr(runtime, "_Bound", Bound)
    portrait = owner_portrait()
    picture = np.zeros((480, 640, 3), np.uint8)
    picture[: portrait.shape[0], : portrait.shape[1]] = portrait[:480, :640]
    seen = analyse(models.following_pipeline(), Frame(picture, 0.0, 0), models.liveness_observer())
    assert len(seen.analysis.faces) == 1
    assert made == []
