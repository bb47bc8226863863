"""The models in memory: loaded when first needed, anew after a change, unloaded when idle."""

import sys
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from daemon.camera.opener import Opener
from daemon.camera.reports import ModelReport, model_report
from daemon.config import Recognition
from daemon.system import malloc
from models.errors import FacelatchError
from models.types import Precision

if TYPE_CHECKING:
    from daemon.recognition.models import Models
    from models.liveness.suite import Suite
    from models.types import Detector, Embedder

_SWITCH_SECONDS = 0.0005
"""Python's own is 0.005, longer than a followed frame takes."""
_PRECISIONS: dict[str, Precision] = {"int8": "int8", "float32": "float32"}


def load_models(chosen: Recognition, *, liveness: bool) -> "Models":
    """Loads the networks, with `liveness` also those of its cues that are installed.

    They were prepared when they were installed: a service does not convert. Raises FacelatchError.
    """
    from daemon.recognition.models import Models
    from models import calibrations, zoo
    from models.embedders import trained_spec
    from models.liveness.suite import default_suite
    from models.scoring.calibration import criterion
    from models.scoring.security import parse_level

    if not chosen.allow_weak:
        trained_spec.check_strength(chosen.embedder)
    embedder = zoo.load_embedder(
        chosen.embedder, precision=_PRECISIONS.get(chosen.precision), threads=chosen.threads
    )
    detector = zoo.load_detector(chosen.detector, min_face=chosen.min_face, threads=chosen.threads)
    cues = default_suite() if liveness else None
    _ready_for_frames(detector, embedder, cues, chosen.threads)
    level = parse_level(str(chosen.security))
    reached = criterion(calibrations.load(embedder), level)
    return Models(detector, chosen.detector, embedder, reached, cues)


def _ready_for_frames(
    detector: "Detector", embedder: "Embedder", cues: "Suite | None", threads: int
) -> None:
    """Nothing that the first frame has to wait for, or that makes any frame wait for another."""
    import cv2

    from models.pipeline import warm_up

    # OpenCV's own threads, one a core, are woken for a picture of 100 kB and cost more than they
    # save where the core that they are on is at something else.
    cv2.setNumThreads(threads)
    # A frame gives up Python's lock some forty times, at each network and OpenCV call, and waits
    # for it as often while the next frame is read: up to this long each time.
    sys.setswitchinterval(_SWITCH_SECONDS)
    warm_up(detector, embedder)
    if cues is not None:
        cues.warm_up()


class ModelLoader:
    """Keeps the models for the camera's thread; `configure` may be called from another.

    `tell` hears of every change.
    """

    def __init__(
        self,
        opener: Opener,
        tell: Callable[[ModelReport], None],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._lock = threading.Lock()
        self._opener = opener
        self._tell = tell
        self._clock = clock
        self._models: Models | None = None
        self._stale = False
        self._used = clock()

    @property
    def opener(self) -> Opener:
        """What loads and opens now."""
        with self._lock:
            return self._opener

    def configure(self, opener: Opener, *, anew: bool) -> None:
        """Goes on with another opener; `anew` where the models are others."""
        with self._lock:
            self._opener = opener
            self._stale |= anew

    def get(self) -> "Models":
        """The models, loaded where they are not; raises FacelatchError."""
        with self._lock:
            if self._stale:
                self._models, self._stale = None, False
            opener = self._opener
        if self._models is None:
            self._load(opener)
        assert self._models is not None  # noqa: S101 - loaded, or raised
        return self._models

    def _load(self, opener: Opener) -> None:
        try:
            self._models = opener.load()
        except FacelatchError as error:
            self._tell(ModelReport(problem=str(error)))
            raise
        # Loading takes more than what is loaded: files read, weights laid out anew.
        malloc.trim()
        self.used()
        self._tell(model_report(self._models.info))

    def used(self) -> None:
        """They were in use until now."""
        self._used = self._clock()

    @property
    def unload_at(self) -> float:
        """When they have been idle for long enough, infinity for never."""
        seconds = self.opener.config.loading.unload_seconds
        if not seconds or self._models is None:
            return float("inf")
        return self._used + seconds

    def unload(self) -> None:
        """Gives their memory back."""
        self._models = None
        malloc.trim()
        self._tell(ModelReport())
