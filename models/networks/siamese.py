"""Towers of Siamese networks in Keras: one network, applied to each picture of a pair or triplet.

Every tower takes n x size x size x 3 RGB, 0..255, as the embedders of the zoo do, and normalises
inside; its output, n x dimension of any length, is scaled to length 1 wherever it is compared.
Bromley, Guyon, LeCun, Saeckinger, Shah: "Signature verification using a Siamese time delay neural
network", NIPS 1993.
"""

from dataclasses import dataclass
from typing import Any, Literal

from models.errors import UsageError

DIMENSION = 128

_LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601
_MOMENTUM = 0.9  # of batch normalisation: an epoch of a small data set has ten steps
_LEAST_DEVIATION = 8.0  # grey levels: an empty crop stays empty


@dataclass(frozen=True, slots=True)
class Plain:
    """A tower trained from nothing: blocks of convolution, maximum and dropout, on grey."""

    name: str
    size: int
    filters: tuple[int, ...]
    dropout: float
    normalised: bool
    """Batch normalisation after each convolution."""


@dataclass(frozen=True, slots=True)
class Based:
    """A tower on a network of the zoo: frozen, or open from the layer `opens` on."""

    name: str
    base: str
    opens: str


TOWERS: dict[str, Plain | Based] = {
    tower.name: tower
    for tower in (
        Plain("olivetti", 64, (16, 32, 64), dropout=0.1, normalised=False),
        Plain("contrastive", 72, (16, 32, 48, 64), dropout=0.05, normalised=True),
        Based("facenet", "facenet", "Bottleneck"),
        Based("mobilefacenet", "mobilefacenet", "head"),
    )
}
Head = Literal["bce", "contrastive", "triplet"]


def tower_named(name: str) -> Plain | Based:
    """The tower; raises UsageError naming those that exist."""
    try:
        return TOWERS[name]
    except KeyError:
        raise UsageError(f"no tower {name[:40]!r}", f"one of: {', '.join(TOWERS)}") from None


def plain(tower: Plain, *, dimension: int = DIMENSION) -> Any:
    """Keras model of a tower trained from nothing."""
    import keras

    image = keras.Input((tower.size, tower.size, 3), name="image")
    x = _standardised(image)
    for index, filters in enumerate(tower.filters):
        x = keras.layers.Conv2D(
            filters, 3, padding="same", use_bias=not tower.normalised, name=f"convolve{index}"
        )(x)
        if tower.normalised:
            x = keras.layers.BatchNormalization(momentum=_MOMENTUM, name=f"normalise{index}")(x)
        x = keras.layers.ReLU(name=f"relu{index}")(x)
        x = keras.layers.MaxPooling2D(2, name=f"pool{index}")(x)
        x = keras.layers.Dropout(tower.dropout, name=f"drop{index}")(x)
    x = keras.layers.Flatten(name="flat")(x)
    x = keras.layers.Dense(dimension, name="embedding")(x)
    return keras.Model(image, x, name=tower.name)


def head(features: int) -> Any:
    """Keras model n x features -> n x features that begins as the identity: what a frozen network
    knows is where training starts.
    """
    import keras

    vector = keras.Input((features,), name="features")
    change = keras.layers.Dense(features, kernel_initializer="zeros", name="change")(vector)
    return keras.Model(vector, keras.layers.Add(name="changed")([vector, change]), name="head")


def opened(base: Any, tower: Based) -> Any:
    """Keras model of any batch: `base` with what lies before `tower.opens` frozen.

    `base` is the zoo's network; its weights are copied. Raises UsageError where it has no such
    layer.
    """
    import keras

    size = base.input_shape[1]
    image = keras.Input((size, size, 3), name="image")
    copy = keras.models.clone_model(base, input_tensors=image)
    copy.set_weights(base.get_weights())
    names = [layer.name for layer in copy.layers]
    if tower.opens not in names:
        raise UsageError(f"the network {tower.base} has no layer {tower.opens}")
    for layer in copy.layers[: names.index(tower.opens)]:
        layer.trainable = False
    return copy


def stacked(base: Any, top: Any) -> Any:
    """Keras model of `top` on `base`'s embeddings of length 1: 1 x size x size x 3 -> 1 x d."""
    import keras

    image = keras.Input(batch_shape=(1, *base.input_shape[1:]), name="image")
    unit = keras.layers.UnitNormalization(name="unit")(base(image))
    return keras.Model(image, top(unit), name="stacked")


def _standardised(image: Any) -> Any:
    """Grey, of mean 0 and deviation 1 whatever the light: n x size x size x 1."""
    from keras import ops

    grey = ops.sum(image * ops.convert_to_tensor([[[_LUMA]]], dtype="float32"), -1, keepdims=True)
    centred = grey - ops.mean(grey, axis=(1, 2), keepdims=True)
    spread = ops.sqrt(ops.mean(ops.square(centred), axis=(1, 2), keepdims=True))
    return centred / ops.maximum(spread, _LEAST_DEVIATION)
