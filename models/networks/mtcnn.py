"""P-, R- and O-Net of MTCNN, in Keras.

Zhang, Zhang, Li, Qiao: "Joint face detection and alignment using multitask cascaded convolutional
networks", 2016. Heads are joined, so that each network has one output: box offsets first (4:
left, top, right, bottom, in shares of the window), then landmarks (O-Net only: 5 x, then 5 y, in
shares of the window), last the logit of "this is a face". Inputs are BGR as OpenCV delivers them,
0..255: `models.convert.mtcnn` folds the normalisation into the first convolution. Dense layers are
written as convolutions over all that is left of the window: the converter would wrap a flatten of
an open batch size into shape arithmetic that cuts LiteRT's delegate in two.
"""

from typing import Any

OFFSETS = 4
LANDMARKS = 10


def pnet() -> Any:
    """Proposal network: any height and width >= 12 -> one row of 5 values per window of 12 x 12.

    Windows are 2 pixels apart.
    """
    import keras

    image = keras.Input((None, None, 3), name="image")
    x = _convolution(image, 10, kernel=3, name="1")
    x = keras.layers.MaxPooling2D(2, 2, padding="same", name="pool1")(x)
    x = _convolution(x, 16, kernel=3, name="2")
    x = _convolution(x, 32, kernel=3, name="3")
    heads = keras.layers.Conv2D(OFFSETS + 1, 1, name="heads")(x)
    return keras.Model(image, heads, name="pnet")


def rnet() -> Any:
    """Refinement network: n x 24 x 24 x 3 -> n x 1 x 1 x 5."""
    import keras

    image = keras.Input((24, 24, 3), name="image")
    x = _convolution(image, 28, kernel=3, name="1")
    x = keras.layers.MaxPooling2D(3, 2, padding="same", name="pool1")(x)
    x = _convolution(x, 48, kernel=3, name="2")
    x = keras.layers.MaxPooling2D(3, 2, padding="valid", name="pool2")(x)
    x = _convolution(x, 64, kernel=2, name="3")
    x = _convolution(x, 128, kernel=3, name="4")
    heads = keras.layers.Conv2D(OFFSETS + 1, 1, name="heads")(x)
    return keras.Model(image, heads, name="rnet")


def onet() -> Any:
    """Output network: n x 48 x 48 x 3 -> n x 1 x 1 x 15."""
    import keras

    image = keras.Input((48, 48, 3), name="image")
    x = _convolution(image, 32, kernel=3, name="1")
    x = keras.layers.MaxPooling2D(3, 2, padding="same", name="pool1")(x)
    x = _convolution(x, 64, kernel=3, name="2")
    x = keras.layers.MaxPooling2D(3, 2, padding="valid", name="pool2")(x)
    x = _convolution(x, 64, kernel=3, name="3")
    x = keras.layers.MaxPooling2D(2, 2, padding="same", name="pool3")(x)
    x = _convolution(x, 128, kernel=2, name="4")
    x = _convolution(x, 256, kernel=3, name="5")
    heads = keras.layers.Conv2D(OFFSETS + LANDMARKS + 1, 1, name="heads")(x)
    return keras.Model(image, heads, name="onet")


def _convolution(x: Any, filters: int, *, kernel: int, name: str) -> Any:
    import keras

    x = keras.layers.Conv2D(filters, kernel, name=f"conv{name}")(x)
    return keras.layers.PReLU(shared_axes=[1, 2], name=f"prelu{name}")(x)
