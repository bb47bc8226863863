"""MobileFaceNet with PReLU in Keras, as others trained it: `mbf` and `mobilefacenet-192`.

Chen, Liu, Gao, Han: "MobileFaceNets: efficient CNNs for accurate real-time face verification on
mobile devices", 2018; PReLU after He, Zhang, Ren, Sun: "Delving deep into rectifiers", 2015. Batch
normalisation is already folded in both files.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

SIZE = 112
MEAN = 127.5
"""Subtracted from every pixel, 0..255; the division that follows is in the first kernel."""


@dataclass(frozen=True, slots=True)
class Bottleneck:
    """A block that widens to `expanded` channels, filters each by itself and narrows again."""

    expanded: int
    filters: int
    stride: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What the two networks do not share.

    `near_border`: whether layers of stride 2 pad the near border, as PyTorch does, or the far one,
    as TensorFlow does. `pointwise` filters follow the stem's depthwise layer, 0 for none. The head
    is 1 x 1 convolutions of `head` filters with PReLU, then either a dense layer over all places,
    or (`weigh`) one weight for each place and channel and two linear layers.
    """

    name: str
    stem: int
    pointwise: int
    blocks: tuple[Bottleneck, ...]
    head: tuple[int, ...]
    weigh: bool
    dimension: int
    near_border: bool


def _blocks(filters: int, wide: int) -> Iterator[Bottleneck]:
    """The four stages, `filters` wide at first and `wide` from the second on."""
    yield Bottleneck(2 * 64, filters, 2)
    yield from [Bottleneck(2 * 64, filters, 1)] * 4
    yield Bottleneck(4 * 64, wide, 2)
    yield from [Bottleneck(4 * 64, wide, 1)] * 6
    yield Bottleneck(8 * 64, wide, 2)
    yield from [Bottleneck(4 * 64, wide, 1)] * 2


MBF = Plan(
    name="mbf",
    stem=128,
    pointwise=0,
    blocks=tuple(_blocks(128, 256)),
    head=(512, 64),
    weigh=False,
    dimension=512,
    near_border=True,
)
WIDE = Plan(
    name="mobilefacenet-192",
    stem=64,
    pointwise=64,
    blocks=tuple(_blocks(64, 128)),
    head=(512,),
    weigh=True,
    dimension=192,
    near_border=False,
)


def build(plan: Plan) -> Any:
    """Keras model: 1 x 112 x 112 x 3 RGB, 0..255 -> 1 x `plan.dimension`, of any length.

    The weights of its layers stand in the order in which they run.
    """
    import keras

    image = keras.Input(batch_shape=(1, SIZE, SIZE, 3), name="image")
    # Subtracted before the border is padded with zeros, as in the training.
    x = keras.ops.subtract(image, keras.ops.convert_to_tensor([[[[MEAN] * 3]]], dtype="float32"))
    layers = _Layers(plan)
    x = layers.prelu(layers.halved(x, plan.stem))
    x = layers.prelu(layers.depthwise(x, stride=1))
    if plan.pointwise:
        x = layers.pointwise(x, plan.pointwise)
    for block in plan.blocks:
        x = layers.bottleneck(x, block)
    for filters in plan.head:
        x = layers.prelu(layers.pointwise(x, filters))
    return keras.Model(image, layers.embedding(x), name=plan.name)


class _Layers:
    """The layers of one plan, which number themselves."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._made = 0

    def bottleneck(self, x: Any, block: Bottleneck) -> Any:
        import keras

        y = self.prelu(self.pointwise(x, block.expanded))
        y = self.prelu(self.depthwise(y, stride=block.stride))
        y = self.pointwise(y, block.filters)
        return keras.layers.Add(name=self._name("sum"))([x, y]) if block.stride == 1 else y

    def embedding(self, x: Any) -> Any:
        import keras

        plan = self._plan
        if plan.weigh:
            x = keras.layers.DepthwiseConv2D(x.shape[1], name=self._name("weigh"))(x)
            x = self.pointwise(x, x.shape[-1])
            return keras.layers.Flatten(name="flat")(self.pointwise(x, plan.dimension))
        flat = keras.layers.Flatten(name="flat")(x)
        return keras.layers.Dense(plan.dimension, name="embedding")(flat)

    def pointwise(self, x: Any, filters: int) -> Any:
        import keras

        return keras.layers.Conv2D(filters, 1, name=self._name("pointwise"))(x)

    def depthwise(self, x: Any, *, stride: int) -> Any:
        import keras

        name = self._name("filter")
        if stride == 1:
            return keras.layers.DepthwiseConv2D(3, padding="same", name=name)(x)
        return keras.layers.DepthwiseConv2D(3, 2, name=name)(self._padded(x))

    def halved(self, x: Any, filters: int) -> Any:
        import keras

        return keras.layers.Conv2D(filters, 3, 2, name="stem")(self._padded(x))

    def prelu(self, x: Any) -> Any:
        import keras

        return keras.layers.PReLU(shared_axes=[1, 2], name=self._name("prelu"))(x)

    def _padded(self, x: Any) -> Any:
        import keras

        border = [1, 0] if self._plan.near_border else [0, 1]
        return keras.ops.pad(x, [[0, 0], border, border, [0, 0]])

    def _name(self, kind: str) -> str:
        self._made += 1
        return f"{kind}_{self._made}"
