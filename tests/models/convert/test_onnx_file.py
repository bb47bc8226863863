"""The ONNX file: what is read, and that nothing outside it is opened."""

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import helper, numpy_helper

from models.convert import mobilefacenet
from models.convert.onnx_file import read_convolutions
from models.errors import ConversionError
from models.types import Array

KERNEL = np.arange(36, dtype=np.float32).reshape(2, 2, 3, 3)
BIAS = np.array([1, -1], dtype=np.float32)


def model(kernel: Array = KERNEL, bias: Array = BIAS, **changed: Any) -> Any:
    settings: dict[str, Any] = {"strides": [2, 2], "pads": [1, 1, 1, 1], "group": 1} | changed
    inputs = [helper.make_tensor_value_info("in", onnx.TensorProto.FLOAT, [1, 2, 8, 8])]
    outputs = [helper.make_tensor_value_info("out", onnx.TensorProto.FLOAT, None)]
    convolution = helper.make_node("Conv", ["in", "kernel", "bias"], ["out"], **settings)
    weights = [numpy_helper.from_array(kernel, "kernel"), numpy_helper.from_array(bias, "bias")]
    graph = helper.make_graph([convolution], "graph", inputs, outputs, initializer=weights)
    return helper.make_model(graph)


def test_a_convolution_is_read() -> None:
    (found,) = read_convolutions(model().SerializeToString())
    assert (found.stride, found.padding, found.groups) == (2, 1, 1)
    np.testing.assert_array_equal(found.kernel, KERNEL)
    np.testing.assert_array_equal(found.bias, BIAS)


def external(changed: Any) -> None:
    tensor = changed.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="/etc/hostname")


def shortened(changed: Any) -> None:
    changed.graph.initializer[0].raw_data = changed.graph.initializer[0].raw_data[:-4]


def vast(changed: Any) -> None:
    changed.graph.initializer[0].dims[0] = 2**60


def negative(changed: Any) -> None:
    changed.graph.initializer[0].dims[0] = -2


def nameless(changed: Any) -> None:
    changed.graph.node[0].input[1] = "elsewhere"


def without_bias(changed: Any) -> None:
    del changed.graph.node[0].input[2]


def of_doubles(changed: Any) -> None:
    changed.graph.initializer[0].data_type = onnx.TensorProto.DOUBLE


@pytest.mark.parametrize(
    "damage", [external, shortened, vast, negative, nameless, without_bias, of_doubles]
)
def test_damage_is_refused(damage: Callable[[Any], None]) -> None:
    changed = model()
    damage(changed)
    with pytest.raises(ConversionError):
        read_convolutions(changed.SerializeToString())


@pytest.mark.parametrize(
    "changed",
    [
        model(strides=[1, 2]),
        model(pads=[1, 1, 0, 0]),
        model(bias=np.ones(3, np.float32)),
        model(kernel=np.full((2, 2, 3, 3), np.nan, np.float32)),
    ],
)
def test_what_our_network_cannot_do_is_refused(changed: Any) -> None:
    with pytest.raises(ConversionError):
        read_convolutions(changed.SerializeToString())


@given(st.binary(min_size=1, max_size=200))
def test_any_bytes_are_refused_or_hold_no_convolution(content: bytes) -> None:
    with contextlib.suppress(ConversionError):
        assert read_convolutions(content) == []


def test_another_network_is_not_mobilefacenet(tmp_path: Path) -> None:
    path = tmp_path / "other.onnx"
    path.write_bytes(model().SerializeToString())
    with pytest.raises(ConversionError, match="another network"):
        mobilefacenet.keras_weights(read_convolutions(path.read_bytes()), None)
