"""MobileFaceNet in Keras, in the variant that foamliu trained with a margin loss.

Chen, Liu, Gao, Han: "MobileFaceNets: efficient CNNs for accurate real-time face verification on
mobile devices", 2018. Batch normalisation is already folded in the published file.
"""

from dataclasses import dataclass
from typing import Any

SIZE = 112
DIMENSION = 128

MEAN = (123.675, 116.28, 103.53)
"""Of ImageNet's pixels, R, G, B, 0..255; the division that follows is in the first kernel."""

STEM = 64
HEAD = 512
"""Filters of the first convolution, and of the last one that still has a picture."""


@dataclass(frozen=True, slots=True)
class Bottleneck:
    """A block that widens to `expanded` channels, filters each by itself and narrows again."""

    expanded: int
    filters: int
    stride: int


BLOCKS: tuple[Bottleneck, ...] = (
    Bottleneck(128, 64, 2),
    *[Bottleneck(128, 64, 1)] * 4,
    Bottleneck(256, 128, 2),
    *[Bottleneck(256, 128, 1)] * 6,
    Bottleneck(512, 128, 2),
    *[Bottleneck(256, 128, 1)] * 2,
)


def mobilefacenet() -> Any:
    """Keras model: 1 x 112 x 112 x 3 RGB, 0..255 -> 1 x 128, of any length."""
    import keras

    image = keras.Input(batch_shape=(1, SIZE, SIZE, 3), name="image")
    # Subtracted before the border is padded with zeros: the training's border is the mean.
    x = keras.ops.subtract(image, keras.ops.convert_to_tensor([[[MEAN]]], dtype="float32"))
    x = _halved(x, lambda: keras.layers.Conv2D(STEM, 3, 2, activation="relu6", name="stem"))
    x = _depthwise(x, stride=1, activation="relu", name="stem_depthwise")
    x = _pointwise(x, STEM, activation="relu", name="stem_pointwise")
    for index, block in enumerate(BLOCKS):
        x = _bottleneck(x, block, name=f"block{index}")
    x = _pointwise(x, HEAD, activation="relu6", name="head")
    x = keras.layers.DepthwiseConv2D(x.shape[1], name="weigh")(x)
    x = _pointwise(x, DIMENSION, activation=None, name="embedding")
    x = keras.layers.Reshape((DIMENSION,), name="flat")(x)
    return keras.Model(image, x, name="mobilefacenet")


def _bottleneck(x: Any, block: Bottleneck, *, name: str) -> Any:
    import keras

    y = _pointwise(x, block.expanded, activation="relu6", name=f"{name}_expand")
    y = _depthwise(y, stride=block.stride, activation="relu6", name=f"{name}_depthwise")
    y = _pointwise(y, block.filters, activation=None, name=f"{name}_narrow")
    return y if block.stride == 2 else keras.layers.Add(name=f"{name}_add")([x, y])


def _pointwise(x: Any, filters: int, *, activation: str | None, name: str) -> Any:
    import keras

    return keras.layers.Conv2D(filters, 1, activation=activation, name=name)(x)


def _depthwise(x: Any, *, stride: int, activation: str, name: str) -> Any:
    import keras

    if stride == 1:
        return keras.layers.DepthwiseConv2D(3, padding="same", activation=activation, name=name)(x)
    return _halved(x, lambda: keras.layers.DepthwiseConv2D(3, 2, activation=activation, name=name))


def _halved(x: Any, layer: Any) -> Any:
    """A 3 x 3 layer of stride 2 as PyTorch pads it: Keras' "same" would pad the far border."""
    import keras

    return layer()(keras.ops.pad(x, [[0, 0], [1, 0], [1, 0], [0, 0]]))
