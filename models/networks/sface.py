"""SFace's MobileNet in Keras, as OpenCV's zoo publishes it.

Howard et al.: "MobileNets: efficient convolutional neural networks for mobile vision applications",
2017, for 112 x 112 pixels: the first convolution does not halve. Trained with the loss of Zhong et
al.: "SFace: sigmoid-constrained hypersphere loss for robust face recognition", 2021. Batch
normalisation and the input's division are folded into the layers (`models.convert.sface`).
"""

from dataclasses import dataclass
from typing import Any

SIZE = 112
DIMENSION = 128
MEAN = 127.5
"""Subtracted from every pixel, 0..255; the division that follows is in the first kernel."""
STEM = 32


@dataclass(frozen=True, slots=True)
class Block:
    """One filter for each channel, then `filters` 1 x 1 convolutions over all of them."""

    filters: int
    stride: int


BLOCKS: tuple[Block, ...] = (
    Block(64, 1),
    Block(128, 2),
    Block(128, 1),
    Block(256, 2),
    Block(256, 1),
    Block(512, 2),
    *[Block(512, 1)] * 5,
    Block(1024, 2),
    Block(1024, 1),
)


def sface() -> Any:
    """Keras model: 1 x 112 x 112 x 3 RGB, 0..255 -> 1 x 128, of any length.

    The weights of its layers stand in the order in which they run.
    """
    import keras

    image = keras.Input(batch_shape=(1, SIZE, SIZE, 3), name="image")
    # Subtracted before the border is padded with zeros, as in the training.
    x = keras.ops.subtract(image, keras.ops.convert_to_tensor([[[[MEAN] * 3]]], dtype="float32"))
    x = keras.layers.Conv2D(STEM, 3, padding="same", name="stem")(x)
    x = _prelu(x, "stem_prelu")
    for index, block in enumerate(BLOCKS):
        x = _prelu(_depthwise(x, block.stride, f"block{index}_filter"), f"block{index}_prelu")
        x = keras.layers.Conv2D(block.filters, 1, name=f"block{index}_pointwise")(x)
        x = _prelu(x, f"block{index}_pointwise_prelu")
    # A dense layer over all places; as a convolution it can be quantised (`models.convert`).
    x = keras.layers.Conv2D(DIMENSION, x.shape[1], name="embedding")(x)
    return keras.Model(image, keras.layers.Reshape((DIMENSION,), name="flat")(x), name="sface")


def _depthwise(x: Any, stride: int, name: str) -> Any:
    """As MXNet pads: at stride 2 the near border, where Keras' "same" would pad the far one."""
    import keras

    if stride == 1:
        return keras.layers.DepthwiseConv2D(3, padding="same", name=name)(x)
    padded = keras.ops.pad(x, [[0, 0], [1, 0], [1, 0], [0, 0]])
    return keras.layers.DepthwiseConv2D(3, stride, name=name)(padded)


def _prelu(x: Any, name: str) -> Any:
    import keras

    return keras.layers.PReLU(shared_axes=[1, 2], name=name)(x)
