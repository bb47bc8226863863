"""MiniFASNet in Keras: the small networks that tell a living face from a picture of one.

Minivision: "Silent-Face-Anti-Spoofing", 2020: MobileFaceNet with most of its channels pruned away,
in variants that differ in how many are left and in whether blocks weigh their channels
(Hu, Shen, Sun: "Squeeze-and-excitation networks", 2018).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

STEM = 32
EMBEDDING = 512
"""Channels of the last layers that still have a picture."""
_STAGES = ((64, 4), (128, 6), (128, 2))
"""Of each stage: its channels and its residual blocks, after one block that halves the picture."""


@dataclass(frozen=True, slots=True)
class Variant:
    """One published network."""

    name: str
    size: int
    """Side of its input in pixels, a multiple of 16."""
    expanded: tuple[int, ...]
    """Channels inside each of the 15 blocks."""
    squeezed: tuple[int, ...]
    """Channels between the layers that weigh the last block of each stage; empty: none weighed."""
    classes: int


V2 = Variant(
    "minifasnet-v2",
    80,
    (103, 13, 13, 13, 13, 231, 231, 52, 26, 77, 26, 26, 308, 26, 26),
    (),
    3,
)
V1SE = Variant(
    "minifasnet-v1se",
    80,
    (103, 13, 26, 13, 52, 231, 154, 52, 26, 52, 26, 26, 308, 26, 26),
    (16, 32, 32),
    3,
)
V2SE = Variant(
    "minifasnet-v2se",
    128,
    (103, 13, 13, 13, 13, 231, 231, 52, 26, 77, 26, 26, 308, 26, 26),
    (16, 32, 32),
    2,
)

VARIANTS = {variant.name: variant for variant in (V2, V1SE, V2SE)}


@dataclass(frozen=True, slots=True)
class Block:
    """A block that widens to `expanded` channels, filters each by itself and narrows again."""

    expanded: int
    filters: int
    stride: int
    squeezed: int
    """Channels between the layers that weigh the output's channels; 0 where there are none."""


def blocks(variant: Variant) -> Iterator[Block]:
    """The blocks of `variant` in order; one of stride 1 adds its input to its output."""
    expanded = iter(variant.expanded)
    for stage, (filters, count) in enumerate(_STAGES):
        yield Block(next(expanded), filters, 2, 0)
        for index in range(count):
            squeezed = variant.squeezed[stage] if variant.squeezed and index == count - 1 else 0
            yield Block(next(expanded), filters, 1, squeezed)


def minifasnet(variant: Variant) -> Any:
    """Keras model: 1 x size x size x 3 BGR, 0..255 -> 1 x classes, logits."""
    import keras

    image = keras.Input(batch_shape=(1, variant.size, variant.size, 3), name="image")
    x = _prelu(_halved(image, keras.layers.Conv2D(STEM, 3, 2, name="stem")))
    x = _prelu(keras.layers.DepthwiseConv2D(3, padding="same", name="stem_depthwise")(x))
    for index, block in enumerate(blocks(variant)):
        x = _block(x, block, name=f"block{index}")
    x = _prelu(keras.layers.Conv2D(EMBEDDING, 1, name="head")(x))
    x = keras.layers.DepthwiseConv2D(x.shape[1], name="weigh")(x)
    x = keras.layers.Conv2D(variant.classes, 1, name="classes")(x)
    x = keras.layers.Reshape((variant.classes,), name="flat")(x)
    return keras.Model(image, x, name=variant.name.replace("-", "_"))


def _block(x: Any, block: Block, *, name: str) -> Any:
    import keras

    y = _prelu(keras.layers.Conv2D(block.expanded, 1, name=f"{name}_expand")(x))
    if block.stride == 2:
        y = _halved(y, keras.layers.DepthwiseConv2D(3, 2, name=f"{name}_depthwise"))
    else:
        y = keras.layers.DepthwiseConv2D(3, padding="same", name=f"{name}_depthwise")(y)
    y = keras.layers.Conv2D(block.filters, 1, name=f"{name}_narrow")(_prelu(y))
    if block.squeezed:
        y = _weighed(y, block, name=name)
    return y if block.stride == 2 else keras.layers.Add(name=f"{name}_add")([x, y])


def _weighed(x: Any, block: Block, *, name: str) -> Any:
    import keras

    y = keras.layers.GlobalAveragePooling2D(keepdims=True, name=f"{name}_mean")(x)
    y = keras.layers.Conv2D(block.squeezed, 1, activation="relu", name=f"{name}_squeeze")(y)
    y = keras.layers.Conv2D(block.filters, 1, activation="sigmoid", name=f"{name}_excite")(y)
    return keras.layers.Multiply(name=f"{name}_weigh")([x, y])


def _prelu(x: Any) -> Any:
    import keras

    return keras.layers.PReLU(shared_axes=[1, 2])(x)


def _halved(x: Any, layer: Any) -> Any:
    """A 3 x 3 layer of stride 2 as PyTorch pads it: Keras' "same" would pad the far border."""
    import keras

    return layer(keras.ops.pad(x, [[0, 0], [1, 0], [1, 0], [0, 0]]))
