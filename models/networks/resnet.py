"""The 29-layer metric ResNet of dlib's face recognition model, in Keras.

After He, Zhang, Ren, Sun: "Deep residual learning for image recognition", 2016, with half the
filters and fewer layers; the layout is the one that the published file describes. What that file
keeps apart (input normalisation, affine layers) is folded into the convolutions, which is exact:
no convolution pads its normalised input, and every affine layer follows a convolution.
"""

from typing import Any

SIZE = 150
DIMENSION = 128

STEM = (32, 7, 2)
"""Filters, kernel, stride of the first convolution, as the file has it."""

BLOCKS: tuple[tuple[int, bool], ...] = (
    *[(32, False)] * 3,
    *[(64, True), (64, False), (64, False), (64, False)],
    *[(128, True), (128, False), (128, False)],
    *[(256, True), (256, False), (256, False)],
    (256, True),
)
"""Filters of each residual block, and whether it halves the picture."""


def resnet() -> Any:
    """Keras model: 1 x 150 x 150 x 3 RGB, 0..255 -> 1 x 128."""
    import keras

    filters, kernel, stride = STEM
    image = keras.Input(batch_shape=(1, SIZE, SIZE, 3), name="image")
    # The same as the file's stem on pixels, by 8 % of the whole network faster when quantised:
    # XNNPACK's int8 convolution wastes most of its lanes on three channels.
    reach = -(-kernel // stride)
    x = keras.layers.Conv2D(filters, reach, activation="relu", name="stem")(_quads(image))
    x = keras.layers.MaxPooling2D(3, 2, name="stem_pool")(x)
    for index, (filters, halves) in enumerate(BLOCKS):
        x = _block(x, filters, halves=halves, name=f"block{index}")
    x = keras.layers.GlobalAveragePooling2D(name="pool")(x)
    x = keras.layers.Dense(DIMENSION, use_bias=False, name="embedding")(x)
    return keras.Model(image, x, name="resnet")


def _quads(image: Any) -> Any:
    """Each 2 x 2 pixels as one with 12 channels: the upper two first, the left ones first."""
    import keras

    half = SIZE // 2
    rows = keras.ops.reshape(image, (1, half, 2, half, 2 * 3))
    return keras.ops.reshape(keras.ops.transpose(rows, (0, 1, 3, 2, 4)), (1, half, half, 12))


def _block(x: Any, filters: int, *, halves: bool, name: str) -> Any:
    import keras

    # dlib pads neither a convolution nor a pooling of stride 2.
    stride, padding = (2, "valid") if halves else (1, "same")
    first = keras.layers.Conv2D(
        filters, 3, stride, padding=padding, activation="relu", name=f"{name}_conv1"
    )(x)
    branch = keras.layers.Conv2D(filters, 3, padding="same", name=f"{name}_conv2")(first)
    if halves:
        x = keras.layers.AveragePooling2D(2, 2, name=f"{name}_shrink")(x)
        x, branch = _padded_alike(x, branch)
    x = keras.layers.Add(name=f"{name}_add")([x, branch])
    return keras.layers.ReLU(name=f"{name}_relu")(x)


def _padded_alike(x: Any, y: Any) -> tuple[Any, Any]:
    """Both with zeros behind, to the larger height, width and channels of the two."""
    sides = [max(a, b) for a, b in zip(x.shape[1:], y.shape[1:], strict=True)]
    return _padded(x, sides), _padded(y, sides)


def _padded(x: Any, sides: list[int]) -> Any:
    import keras

    missing = [side - present for side, present in zip(sides, x.shape[1:], strict=True)]
    if not any(missing):
        return x
    return keras.ops.pad(x, [[0, 0], *([0, count] for count in missing)])
