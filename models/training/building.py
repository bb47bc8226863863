"""Builds what a run trains: the network, what it is shown, and the model that is converted."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from models.assets import catalogue, weights
from models.convert.quiet import quiet
from models.convert.recipes import recipe
from models.embedders.litert import NetworkEmbedder
from models.errors import UsageError
from models.networks import siamese
from models.training.crops import CropSettings
from models.training.material import Material
from models.training.settings import Settings
from models.training.steps import Network, Steps
from models.training.views import CropViews, FeatureViews, Views
from models.types import Array

_VIEWS = 8  # of each picture by a frozen network

LoadEmbedder = Callable[[str], NetworkEmbedder]
"""An embedder of the zoo in float32; raises FacelatchError."""


@dataclass(frozen=True, slots=True, eq=False)
class Built:
    """A network to train."""

    steps: Steps
    views: Callable[[Material], Views]
    """What the network is shown of a material."""
    model: Callable[[], Any]
    """The Keras model of one picture that is converted, once training is over."""
    base: str
    """The zoo's embedder whose chips it takes, "" for the workshop's own."""
    size: int


def build(settings: Settings, crops: CropSettings, load: LoadEmbedder) -> Built:
    """The network of `settings`, for crops cut as in `crops`; raises FacelatchError."""
    tower = siamese.tower_named(settings.tower)
    if isinstance(tower, siamese.Plain):
        return _plain(settings, tower, crops)
    _require_weights(tower.base)
    embedder = load(tower.base)
    return _opened(settings, tower, embedder) if settings.opened else _frozen(
        settings, tower, embedder
    )  # fmt: skip


def _require_weights(base: str) -> None:
    """Raises NotInstalledError now, not once training is over: the network is built anew from them,
    whatever lies converted.
    """
    spec = catalogue.spec(base)
    if not weights.installed(spec):
        raise weights.not_installed(spec)


def start(settings: Settings, threads: int) -> None:
    """One seed for everything random, and steps that come out the same again."""
    import contextlib

    with quiet():  # what TensorFlow says of the machine
        import keras
        import tensorflow as tf

    with contextlib.suppress(RuntimeError):  # it runs already, with the threads it was given
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(1)
    tf.config.experimental.enable_op_determinism()
    keras.backend.clear_session()
    keras.utils.set_random_seed(settings.seed)


def _plain(settings: Settings, tower: siamese.Plain, crops: CropSettings) -> Built:
    if settings.opened:
        raise UsageError(f"{tower.name} has no base to open", "leave --open away")
    network = siamese.plain(tower)
    cut = CropSettings(tower.size, upright=crops.upright, grey=crops.grey)

    def views(material: Material) -> Views:
        return CropViews(material.crops(cut), material.people, tower.size)

    return Built(_steps(network, settings), views, lambda: _of_one(network), "", tower.size)


def _frozen(settings: Settings, tower: siamese.Based, embedder: NetworkEmbedder) -> Built:
    size, features = embedder.size, embedder.dimension
    top = siamese.head(features)

    def views(material: Material) -> Views:
        rng = np.random.default_rng(settings.seed)
        chips = material.chips(embedder, _VIEWS, rng)
        answers = np.array([[embedder.answer(chip) for chip in views] for views in chips])
        return FeatureViews(_unit(answers), material.people)

    def model() -> Any:
        return siamese.stacked(_base(tower), top)

    return Built(_steps(top, settings), views, model, tower.base, size)


def _opened(settings: Settings, tower: siamese.Based, embedder: NetworkEmbedder) -> Built:
    network = siamese.opened(_base(tower), tower)

    def views(material: Material) -> Views:
        chips = material.chips(embedder, 1, np.random.default_rng(settings.seed))
        return CropViews([one[0] for one in chips], material.people, embedder.size)

    steps = _steps(network, settings)
    return Built(steps, views, lambda: _of_one(network), tower.base, embedder.size)


def _steps(network: Any, settings: Settings) -> Steps:
    return Steps(Network(network, settings), settings.rate)


def _base(tower: siamese.Based) -> Any:
    steps = recipe(tower.base)
    if steps is None:
        raise UsageError(f"{tower.base} has no network that can be built on")
    return steps.networks()["embedder"]


def _of_one(network: Any) -> Any:
    """The same for one picture at a time, as converters want it."""
    import keras

    image = keras.Input(batch_shape=(1, *network.input_shape[1:]), name="picture")
    return keras.Model(image, network(image), name="one")


def _unit(vectors: Array) -> Array:
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-12), dtype=np.float32)
