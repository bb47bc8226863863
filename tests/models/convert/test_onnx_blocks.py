"""Weights in blocks of int8: what is read of an ONNX file, and what is refused."""

from collections.abc import Callable
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper

from models.convert.onnx_blocks import read_nodes
from models.errors import ConversionError

LEVELS = np.arange(-6, 6, dtype=np.int8).reshape(2, 6)
STEPS = np.array([[0.5, 2.0], [1.0, 0.25]], dtype=np.float32)
ZEROS = np.array([[0, 1], [-2, 0]], dtype=np.int8)
BLOCK = 4
EPSILON = 1e-3


def model() -> Any:
    """Two outputs of six weights in blocks of four, and a batch normalisation."""
    kept: dict[str, Any] = {
        "levels": LEVELS,
        "steps": STEPS,
        "zeros": ZEROS,
        "shape": np.array([2, 3, 1, 2]),
    }
    rows = {name: np.full(2, value, np.float32) for value, name in enumerate("abcd")}
    nodes = [
        helper.make_node(
            "DequantizeLinear", ["levels", "steps", "zeros"], ["flat"], axis=1, block_size=BLOCK
        ),
        helper.make_node("Reshape", ["flat", "shape"], ["kernel"]),
        helper.make_node("Conv", ["in", "kernel"], ["made"]),
        helper.make_node("BatchNormalization", ["made", *"abcd"], ["out"], epsilon=EPSILON),
    ]
    inputs = [helper.make_tensor_value_info("in", onnx.TensorProto.FLOAT, [1, 3, 8, 8])]
    outputs = [helper.make_tensor_value_info("out", onnx.TensorProto.FLOAT, None)]
    inside = [numpy_helper.from_array(array, name) for name, array in {**kept, **rows}.items()]
    return helper.make_model(helper.make_graph(nodes, "graph", inputs, outputs, inside))


def test_weights_are_what_the_blocks_stand_for() -> None:
    convolution, normal = read_nodes(model().SerializeToString())
    (kernel,) = convolution.weights
    wide = np.array([[0.5] * 4 + [2.0] * 2, [1.0] * 4 + [0.25] * 2])
    zero = np.array([[0] * 4 + [1] * 2, [-2] * 4 + [0] * 2])
    np.testing.assert_array_equal(kernel, ((LEVELS - zero) * wide).reshape(2, 3, 1, 2))
    assert (convolution.kind, normal.kind) == ("Conv", "BatchNormalization")
    assert normal.epsilon == pytest.approx(EPSILON)
    assert [row.tolist() for row in normal.weights] == [[float(value)] * 2 for value in range(4)]


def outside(changed: Any) -> None:
    changed.graph.initializer[0].data_location = onnx.TensorProto.EXTERNAL
    changed.graph.initializer[0].external_data.add(key="location", value="/etc/hostname")


def shortened(changed: Any) -> None:
    changed.graph.initializer[0].raw_data = changed.graph.initializer[0].raw_data[:-1]


def vast(changed: Any) -> None:
    changed.graph.initializer[0].dims[0] = 2**60


def missing(changed: Any) -> None:
    changed.graph.node[0].input[1] = "elsewhere"


def without_blocks(changed: Any) -> None:
    del changed.graph.node[0].attribute[:]


def of_other_blocks(changed: Any) -> None:
    changed.graph.node[0].attribute[1].i = 2


def another_axis(changed: Any) -> None:
    changed.graph.node[0].attribute[0].i = 7


def of_another_size(changed: Any) -> None:
    changed.graph.initializer[3].CopyFrom(numpy_helper.from_array(np.array([2, 5]), "shape"))


@pytest.mark.parametrize(
    "change",
    [
        outside,
        shortened,
        vast,
        missing,
        without_blocks,
        of_other_blocks,
        another_axis,
        of_another_size,
    ],
)
def test_what_does_not_fit_is_refused(change: Callable[[Any], None]) -> None:
    changed = model()
    change(changed)
    with pytest.raises(ConversionError):
        read_nodes(changed.SerializeToString())


@pytest.mark.parametrize("content", [b"\x08", b"\xff" * 40])
def test_what_is_no_onnx_file_is_refused(content: bytes) -> None:
    with pytest.raises(ConversionError):
        read_nodes(content)
