"""FaceNet's Inception-ResNet-v1 in Keras.

Schroff, Kalenichenko, Philbin: "FaceNet: a unified embedding for face recognition and clustering",
2015; the network after Szegedy, Ioffe, Vanhoucke, Alemi: "Inception-v4, Inception-ResNet and the
impact of residual connections on learning", 2016, in David Sandberg's layout. Layers bear the
names that the published weights give them. Batch normalisation, the scale of a residual and the
input's normalisation are folded into the layers before and after (`models.convert.facenet`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

SIZE = 160
DIMENSION = 512


@dataclass(frozen=True, slots=True)
class Convolution:
    """One convolution with ReLU; "same" padding unless `valid`."""

    name: str
    filters: int
    kernel: tuple[int, int] = (1, 1)
    stride: int = 1
    valid: bool = False


@dataclass(frozen=True, slots=True)
class Residual:
    """A block that adds `scale` times what its branches find to its input."""

    name: str
    scale: float
    branches: tuple[tuple[Convolution, ...], ...]
    relu: bool = True


@dataclass(frozen=True, slots=True)
class Reduction:
    """A block that halves the picture: its branches and a maximum over 3 x 3, side by side."""

    name: str
    branches: tuple[tuple[Convolution, ...], ...]


_3x3 = (3, 3)

STEM = (
    Convolution("Conv2d_1a_3x3", 32, _3x3, stride=2, valid=True),
    Convolution("Conv2d_2a_3x3", 32, _3x3, valid=True),
    Convolution("Conv2d_2b_3x3", 64, _3x3),
)
"""Before the first maximum."""

STEM_AFTER_POOL = (
    Convolution("Conv2d_3b_1x1", 80),
    Convolution("Conv2d_4a_3x3", 192, _3x3, valid=True),
    Convolution("Conv2d_4b_3x3", 256, _3x3, stride=2, valid=True),
)

_BRANCHES_35 = (
    (Convolution("Conv2d_1x1", 32),),
    (Convolution("Conv2d_0a_1x1", 32), Convolution("Conv2d_0b_3x3", 32, _3x3)),
    (
        Convolution("Conv2d_0a_1x1", 32),
        Convolution("Conv2d_0b_3x3", 32, _3x3),
        Convolution("Conv2d_0c_3x3", 32, _3x3),
    ),
)
_BRANCHES_17 = (
    (Convolution("Conv2d_1x1", 128),),
    (
        Convolution("Conv2d_0a_1x1", 128),
        Convolution("Conv2d_0b_1x7", 128, (1, 7)),
        Convolution("Conv2d_0c_7x1", 128, (7, 1)),
    ),
)
_BRANCHES_8 = (
    (Convolution("Conv2d_1x1", 192),),
    (
        Convolution("Conv2d_0a_1x1", 192),
        Convolution("Conv2d_0b_1x3", 192, (1, 3)),
        Convolution("Conv2d_0c_3x1", 192, (3, 1)),
    ),
)
_REDUCTION_6A = Reduction(
    "Mixed_6a",
    (
        (Convolution("Conv2d_1a_3x3", 384, _3x3, stride=2, valid=True),),
        (
            Convolution("Conv2d_0a_1x1", 192),
            Convolution("Conv2d_0b_3x3", 192, _3x3),
            Convolution("Conv2d_1a_3x3", 256, _3x3, stride=2, valid=True),
        ),
    ),
)
_REDUCTION_7A = Reduction(
    "Mixed_7a",
    (
        (
            Convolution("Conv2d_0a_1x1", 256),
            Convolution("Conv2d_1a_3x3", 384, _3x3, stride=2, valid=True),
        ),
        (
            Convolution("Conv2d_0a_1x1", 256),
            Convolution("Conv2d_1a_3x3", 256, _3x3, stride=2, valid=True),
        ),
        (
            Convolution("Conv2d_0a_1x1", 256),
            Convolution("Conv2d_0b_3x3", 256, _3x3),
            Convolution("Conv2d_1a_3x3", 256, _3x3, stride=2, valid=True),
        ),
    ),
)


def _repeated(
    name: str, count: int, scale: float, branches: tuple[tuple[Convolution, ...], ...]
) -> Iterator[Residual]:
    for number in range(1, count + 1):
        yield Residual(f"{name}_{number}", scale, branches)


BLOCKS: tuple[Residual | Reduction, ...] = (
    *_repeated("Block35", 5, 0.17, _BRANCHES_35),
    _REDUCTION_6A,
    *_repeated("Block17", 10, 0.1, _BRANCHES_17),
    _REDUCTION_7A,
    *_repeated("Block8", 5, 0.2, _BRANCHES_8),
    Residual("Block8_6", 1.0, _BRANCHES_8, relu=False),
)


def facenet() -> Any:
    """Keras model: 1 x 160 x 160 x 3 RGB, 0..255 -> 1 x 512, of any length."""
    import keras

    image = keras.Input(batch_shape=(1, SIZE, SIZE, 3), name="image")
    x = _chain(image, STEM)
    x = keras.layers.MaxPooling2D(3, 2, name="MaxPool_3a_3x3")(x)
    x = _chain(x, STEM_AFTER_POOL)
    for block in BLOCKS:
        x = _residual(x, block) if isinstance(block, Residual) else _reduction(x, block)
    x = keras.layers.GlobalAveragePooling2D(name="AvgPool")(x)
    x = keras.layers.Dense(DIMENSION, name="Bottleneck")(x)
    return keras.Model(image, x, name="facenet")


def widening(block: str) -> str:
    """Name of the convolution that brings a residual block's branches to its input's channels."""
    return f"{block}_Conv2d_1x1"


def _residual(x: Any, block: Residual) -> Any:
    import keras

    found = keras.layers.Concatenate(name=f"{block.name}_Concatenate")(_branches(x, block))
    found = keras.layers.Conv2D(x.shape[-1], 1, name=widening(block.name))(found)
    x = keras.layers.Add(name=f"{block.name}_Add")([x, found])
    return keras.layers.ReLU(name=f"{block.name}_Activation")(x) if block.relu else x


def _reduction(x: Any, block: Reduction) -> Any:
    import keras

    strongest = keras.layers.MaxPooling2D(3, 2, name=f"{block.name}_MaxPool_1a_3x3")(x)
    return keras.layers.Concatenate(name=block.name)([*_branches(x, block), strongest])


def _branches(x: Any, block: Residual | Reduction) -> list[Any]:
    return [
        _chain(x, branch, prefix=f"{block.name}_Branch_{number}_")
        for number, branch in enumerate(block.branches)
    ]


def _chain(x: Any, convolutions: tuple[Convolution, ...], *, prefix: str = "") -> Any:
    import keras

    for convolution in convolutions:
        x = keras.layers.Conv2D(
            convolution.filters,
            convolution.kernel,
            convolution.stride,
            padding="valid" if convolution.valid else "same",
            activation="relu",
            name=f"{prefix}{convolution.name}",
        )(x)
    return x
