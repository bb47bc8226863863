"""Keras 2's weights in HDF5: what is read, and that nothing outside the file is opened."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.convert.keras_file import read_weights
from models.errors import ConversionError

KERNEL = np.arange(6, dtype=np.float32).reshape(2, 3)


def saved(change: Callable[[Any], None] = lambda _: None) -> bytes:
    """What Keras 2 writes for a dense layer and one without weights, then changed."""
    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        file.attrs["layer_names"] = [b"dense", b"relu"]
        file.create_group("relu").attrs["weight_names"] = []
        dense = file.create_group("dense")
        dense.attrs["weight_names"] = [b"dense/kernel:0", b"dense/bias:0"]
        dense["dense/kernel:0"] = KERNEL
        dense["dense/bias:0"] = np.ones(3, np.float32)
        change(file)
    return stream.getvalue()


def replace_kernel(file: Any, value: Any) -> None:
    del file["dense/dense/kernel:0"]
    file["dense/dense/kernel:0"] = value


def test_layers_with_weights_are_read() -> None:
    weights = read_weights(saved())
    assert set(weights) == {"dense"}
    np.testing.assert_array_equal(weights["dense"]["kernel"], KERNEL)
    np.testing.assert_array_equal(weights["dense"]["bias"], [1, 1, 1])


def test_links_and_files_outside_are_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.h5"
    with h5py.File(other, "w") as file:
        file["kernel"] = KERNEL
        file.create_group("layer").attrs["weight_names"] = [b"kernel:0"]
        file["layer/kernel:0"] = KERNEL

    def stored_outside(file: Any) -> None:
        del file["dense/dense/kernel:0"]
        place = [(str(tmp_path / "raw"), 0, h5py.h5f.UNLIMITED)]
        file.create_dataset("dense/dense/kernel:0", (2, 3), "<f4", external=place)

    def virtual(file: Any) -> None:
        layout = h5py.VirtualLayout(shape=(2, 3), dtype="<f4")
        layout[:] = h5py.VirtualSource(str(other), "kernel", shape=(2, 3))
        del file["dense/dense/kernel:0"]
        file.create_virtual_dataset("dense/dense/kernel:0", layout)

    outside: list[Callable[[Any], None]] = [
        lambda file: replace_kernel(file, h5py.ExternalLink(str(other), "kernel")),
        lambda file: replace_kernel(file, h5py.SoftLink("/dense/dense/bias:0")),
        lambda file: file.__setitem__("more", h5py.ExternalLink(str(other), "layer")),
        stored_outside,
        virtual,
    ]
    for change in outside:
        with pytest.raises(ConversionError, match="inside the file"):
            read_weights(saved(change))


@pytest.mark.parametrize(
    "change",
    [
        lambda file: replace_kernel(file, KERNEL.astype(np.float64)),
        lambda file: replace_kernel(file, np.full((2, 3), np.inf, np.float32)),
        lambda file: replace_kernel(file, np.zeros((0, 3), np.float32)),
        lambda file: file["dense"].attrs.__setitem__("weight_names", [b"dense/none:0"]),
        lambda file: file["dense"].attrs.__setitem__("weight_names", [b"dense"]),
        lambda file: file["dense"].attrs.__setitem__("weight_names", 5),
        lambda file: file["dense"].attrs.__setitem__("weight_names", [b"../dense/bias:0"]),
        lambda file: file["dense"].attrs.__setitem__("weight_names", [b"\xff"]),
        lambda file: file["dense"].attrs.__setitem__("weight_names", [b"dense/bias:0"] * 11),
        lambda file: file["dense"].attrs.__setitem__("weight_names", [b"dense/bias:0"] * 2),
        lambda file: (
            file.__setitem__("array", KERNEL)
            or file["array"].attrs.create("weight_names", [b"kernel:0"])
        ),
    ],
)
def test_what_does_not_belong_is_refused(change: Callable[[Any], None]) -> None:
    with pytest.raises(ConversionError):
        read_weights(saved(change))


def test_an_array_too_large_for_any_layer_is_not_unpacked() -> None:
    def bomb(file: Any) -> None:
        del file["dense/dense/kernel:0"]
        file.create_dataset("dense/dense/kernel:0", (2**40,), "<f4", chunks=(1024,), fillvalue=0)

    with pytest.raises(ConversionError, match="shape"):
        read_weights(saved(bomb))


def test_a_file_that_ends_early_is_refused() -> None:
    content = saved()
    for length in range(0, len(content), 97):
        with pytest.raises(ConversionError):
            read_weights(content[:length])


@given(st.binary(max_size=200))
def test_any_bytes_are_refused(content: bytes) -> None:
    with pytest.raises(ConversionError):
        read_weights(content)
