"""Reads the weights that Keras 2 saved to HDF5, by the names of layers, from bytes.

The file has one group a layer; the group's attribute `weight_names` lists its arrays as
"layer/kernel:0", which is also where they are inside the group.
"""

import io
from collections.abc import Mapping
from typing import Any

import numpy as np

from models.errors import ConversionError
from models.types import Array

LayerWeights = Mapping[str, Mapping[str, Array]]
"""By layer, then by "kernel", "bias", "beta", "gamma", "moving_mean", "moving_variance"."""

_MOST_LAYERS = 2_000
_MOST_ARRAYS = 10  # of one layer
_MOST_VALUES = 10_000_000  # of one array


def read_weights(content: bytes) -> LayerWeights:
    """Every layer that has weights; raises ConversionError for anything unexpected.

    Links, files outside and virtual arrays are refused: nothing the file names is opened.
    """
    import h5py

    try:
        with h5py.File(io.BytesIO(content), "r") as file:
            if len(file) > _MOST_LAYERS:
                raise ConversionError(f"a file of {len(file)} layers")
            layers = {str(name): _layer(file, str(name)) for name in file}
    except (OSError, RuntimeError, KeyError, ValueError, TypeError, AttributeError) as error:
        raise ConversionError(f"not a file of Keras weights: {error}") from error
    return {name: arrays for name, arrays in layers.items() if arrays}


def _layer(file: Any, name: str) -> dict[str, Array]:
    group = _member(file, name)
    paths = [_text(path) for path in group.attrs.get("weight_names", ())]
    if len(paths) > _MOST_ARRAYS:
        raise ConversionError(f"layer {name} has {len(paths)} arrays")
    arrays = {path.rsplit("/", 1)[-1].removesuffix(":0"): _array(group, path) for path in paths}
    if len(arrays) != len(paths):
        raise ConversionError(f"layer {name} has two arrays of one name")
    return arrays


def _array(group: Any, path: str) -> Array:
    *folders, last = path.split("/")
    for folder in folders:
        group = _member(group, folder)
    dataset = _member(group, last)
    if dataset.dtype != np.dtype("<f4") or dataset.external or dataset.is_virtual:
        raise ConversionError(f"{path} is not float32 inside the file")
    if not 0 < dataset.size <= _MOST_VALUES:
        raise ConversionError(f"{path} has the shape {dataset.shape}")
    values = np.asarray(dataset[()], dtype=np.float32)
    if not np.isfinite(values).all():
        raise ConversionError(f"{path} is not finite")
    return values


def _member(group: Any, name: str) -> Any:
    import h5py

    if not isinstance(group.get(name, getlink=True), h5py.HardLink):
        raise ConversionError(f"{name} is not inside the file")
    return group[name]


def _text(value: Any) -> str:
    return value.decode("utf-8") if isinstance(value, bytes) else str(value)
