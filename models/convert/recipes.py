"""Which module converts which model, and on what it checks itself."""

import importlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from models.convert import selfcheck
from models.embedders.spec import EMBEDDERS
from models.networks.minifasnet import VARIANTS
from models.types import Array, Box, Image

Networks = Callable[[], dict[str, Any]]
Inputs = Callable[[], Mapping[str, list[Array]]]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How one model is converted."""

    networks: Networks
    """Keras models by the names in the catalogue."""
    inputs: Inputs
    """By the same names, what the self-check runs them on."""
    quantise: bool
    """True where all are quantised and, if they pass, run so by default; False: `quantised` of the
    catalogue's entry alone."""


def recipe(model: str) -> Recipe | None:
    """The recipe of `model`, or None where nothing is converted."""
    return _RECIPES.get(model)


def _networks_of(model: str) -> Networks:
    module = model.replace("-", "_")

    def build() -> dict[str, Any]:
        # Imported only here: each drags in the reader of its format.
        networks: dict[str, Any] = importlib.import_module(f"models.convert.{module}").networks()
        return networks

    return build


def _embedder(name: str) -> Recipe:
    if parts := [part for part, _ in EMBEDDERS[name].parts]:
        return _several(name, parts)
    return Recipe(
        networks=_networks_of(name),
        inputs=lambda: {"embedder": selfcheck.chips(EMBEDDERS[name])},
        quantise=True,
    )


def _several(name: str, parts: Sequence[str]) -> Recipe:
    """Of an embedder whose networks are other embedders', asked about its own chips."""

    def inputs() -> Mapping[str, list[Array]]:
        return dict.fromkeys(parts, selfcheck.chips(EMBEDDERS[name]))

    return Recipe(
        networks=lambda: {part: _networks_of(part)()["embedder"] for part in parts},
        inputs=inputs,
        quantise=True,
    )


_FROM_ONNX = ("minifasnet-v2se",)
_WIDTHS = (160, 64, 24)  # of the pyramid levels that P-Net is tried on
_PATCH_SIDES = {"rnet": 24, "onet": 48}


def _detector_inputs() -> Mapping[str, list[Array]]:
    views = selfcheck.views()
    frames = [_scaled(view.frame, width) for view in views for width in _WIDTHS]
    patches = {
        name: [patch for view in views for patch in _patches(view.frame, view.box, side)]
        for name, side in _PATCH_SIDES.items()
    }
    return {"pnet": frames, **patches}


def _scaled(image: Image, width: int) -> Array:
    height = width * image.shape[0] // image.shape[1]
    small = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
    return small[None].astype(np.float32)


def _patches(frame: Image, box: Box, side: int) -> Iterator[Array]:
    """The face, the face off-centre, and a corner of the room."""
    half = max(box.width, box.height) / 2
    x, y = (box.left + box.right) / 2, (box.top + box.bottom) / 2
    for left, top in ((x - half, y - half), (x - 0.6 * half, y - 1.3 * half), (0.0, 0.0)):
        matrix = np.array([[1, 0, -left], [0, 1, -top]]) * (side / (2 * half))
        patch = cv2.warpAffine(frame, matrix, (side, side), flags=cv2.INTER_LINEAR)
        yield patch[None].astype(np.float32)


def _liveness(networks: Networks, network: str, size: int, *, largest: float = 1) -> Recipe:
    """Of pictures in 0..`largest`. Quantising such small networks gains little."""

    def inputs() -> Mapping[str, list[Array]]:
        views = selfcheck.views()
        patches = [patch for view in views for patch in _patches(view.frame, view.box, size)]
        return {network: [patch * np.float32(largest / 255) for patch in patches]}

    return Recipe(networks=networks, inputs=inputs, quantise=False)


def _texture(name: str) -> Recipe:
    def build() -> dict[str, Any]:
        from models.convert import minifasnet

        made = minifasnet.from_onnx if name in _FROM_ONNX else minifasnet.from_torch
        return made(VARIANTS[name])

    return _liveness(build, "texture", VARIANTS[name].size, largest=255)


_RECIPES = {
    "mtcnn": Recipe(networks=_networks_of("mtcnn"), inputs=_detector_inputs, quantise=False),
    "facemesh": _liveness(_networks_of("facemesh"), "mesh", 192),
    "iris": _liveness(_networks_of("iris"), "iris", 64),
    **{name: _texture(name) for name in VARIANTS},
    **{name: _embedder(name) for name in EMBEDDERS},
}
