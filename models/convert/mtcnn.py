"""Reads MTCNN's weights out of the PyPI package `mtcnn` and puts them into our Keras networks."""

import io
import pickle
from typing import Any

import numpy as np

from models.assets.catalogue import spec
from models.assets.weights import read_source
from models.errors import ConversionError
from models.networks.mtcnn import onet, pnet, rnet
from models.types import Array

_MEAN, _SCALE = 127.5, 128.0  # how the package normalises pixels: (x - 127.5) / 128
_LARGEST_FILE = 4_000_000  # bytes unpacked; the largest, O-Net, has 1.6 million
_MOST_VALUES = 1_000_000

# What unpacking or unpickling a damaged file may raise.
_DAMAGE = (
    AttributeError,
    EOFError,
    ImportError,
    LookupError,
    MemoryError,
    OverflowError,
    RuntimeError,
    TypeError,
    ValueError,
)

Weights = list[Array]


def networks() -> dict[str, Any]:
    """Keras models `pnet`, `rnet`, `onet` with the published weights.

    Inputs are BGR, 0..255, float32; each has one output (see `models.networks.mtcnn`). Raises
    NotInstalledError or CorruptModelError where the package's files are missing or not the
    published ones, ConversionError where they do not fit the networks.
    """
    model = spec("mtcnn")
    built = {"pnet": pnet(), "rnet": rnet(), "onet": onet()}
    for source, network in zip(model.sources, built.values(), strict=True):
        shapes = [tuple(weight.shape) for weight in network.weights]
        try:
            network.set_weights(_rearrange(read_arrays(read_source(model, source)), shapes))
        except (ValueError, IndexError) as error:
            message = f"the weights of {network.name} do not fit its network"
            raise ConversionError(message) from error
    return built


def read_arrays(content: bytes) -> Weights:
    """The float32 arrays of one weights file: an LZ4-packed joblib pickle of a list of arrays.

    Nothing in the file can name code to run: the three classes that such a file needs are
    replaced by ones that only describe an array, all others are refused. Raises ConversionError.
    """
    import lz4.frame

    try:
        with lz4.frame.open(io.BytesIO(content)) as packed:
            stream = io.BytesIO(packed.read(_LARGEST_FILE))
        listed = _ArrayUnpickler(stream).load()
        if not isinstance(listed, list) or not all(isinstance(one, _StoredArray) for one in listed):
            raise TypeError("it holds something else")
        return [stored.values for stored in listed]
    except (pickle.UnpicklingError, *_DAMAGE) as error:
        raise ConversionError(f"not a file of arrays: {error}") from error


class _ArrayUnpickler(pickle.Unpickler):
    """Admits what joblib writes for a list of arrays and nothing else.

    joblib pickles a description of each array and writes the array's bytes into the same stream,
    right behind the opcode that sets the description's state. `BytesIO` has no `peek`, so the
    unpickler has read exactly up to there when `_StoredArray.__setstate__` is called.
    """

    def __init__(self, stream: io.BytesIO) -> None:
        super().__init__(stream)
        self._stream = stream

    def find_class(self, module: str, name: str, /) -> Any:
        """A stand-in for the class `module.name`; raises UnpicklingError for any other."""
        if (module, name) == ("joblib.numpy_pickle", "NumpyArrayWrapper"):
            stream = self._stream
            return type("StoredArray", (_StoredArray,), {"stream": stream})
        if (module, name) == ("numpy", "ndarray"):
            return None
        if (module, name) == ("numpy", "dtype"):
            return _Dtype
        raise pickle.UnpicklingError(f"{module}.{name} is not allowed")


class _Dtype:
    """Stands in for `numpy.dtype`; only little-endian float32 exists here."""

    def __init__(self, code: str, *_: object) -> None:
        if code != "f4":
            raise pickle.UnpicklingError(f"arrays of {code} are not allowed")

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        if state[1] != "<":
            raise pickle.UnpicklingError("only little-endian arrays are allowed")


class _StoredArray:
    """Stands in for joblib's description of an array and reads the array behind it."""

    stream: io.BytesIO
    values: Array

    def __setstate__(self, state: dict[str, Any]) -> None:
        shape = tuple(int(side) for side in state["shape"])
        count = int(np.prod(shape, dtype=np.int64))
        if state["order"] != "C" or min(shape, default=1) < 1 or not 0 < count <= _MOST_VALUES:
            raise pickle.UnpicklingError(f"an array of shape {shape} is not allowed")
        if not isinstance(state["dtype"], _Dtype):
            raise pickle.UnpicklingError("an array without a number format")
        padding = self.stream.read(1)[0]
        self.stream.seek(padding, io.SEEK_CUR)
        raw = self.stream.read(4 * count)
        if len(raw) != 4 * count:
            raise pickle.UnpicklingError("the file ends within an array")
        self.values = np.frombuffer(raw, dtype="<f4").reshape(shape).astype(np.float32)


def _rearrange(weights: Weights, shapes: list[tuple[int, ...]]) -> Weights:
    """The package's weights in the order and shapes of our network, input and heads folded."""
    body, heads = weights[: len(shapes) - 2], weights[len(shapes) - 2 :]
    arranged = [*_fold_input(body), *_join_heads(heads)]
    return [_as_convolution(array, shape) for array, shape in zip(arranged, shapes, strict=True)]


def _fold_input(body: Weights) -> Weights:
    """First convolution takes BGR 0..255 instead of RGB normalised; exact, as nothing is padded."""
    kernel, bias = body[0].astype(np.float64), body[1].astype(np.float64)
    bias = bias - kernel.sum(axis=(0, 1, 2)) * (_MEAN / _SCALE)
    kernel = kernel[:, :, ::-1, :] / _SCALE
    return [kernel.astype(np.float32), bias.astype(np.float32), *body[2:]]


def _as_convolution(array: Array, shape: tuple[int, ...]) -> Array:
    """A dense layer's weights as those of a convolution; others keep their shape.

    The package flattens column by column, hence the swapped axes.
    """
    if array.ndim == 2 and len(shape) == 4:
        rows, columns, channels, units = shape
        return array.reshape(columns, rows, channels, units).transpose(1, 0, 2, 3)
    return array.reshape(shape)


def _join_heads(heads: Weights) -> Weights:
    """One layer for all heads; the softmax of two classes becomes the difference of their logits.

    softmax((a, b))[1] = sigmoid(b - a).
    """
    *regressions, last_kernel, last_bias = heads
    kernels = [*regressions[0::2], last_kernel[..., 1:] - last_kernel[..., :1]]
    biases = [*regressions[1::2], last_bias[1:] - last_bias[:1]]
    return [np.concatenate(kernels, axis=-1), np.concatenate(biases)]
