"""Runs a graph of TensorFlow.js node by node with TensorFlow's own operations, without Keras."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np

from models.convert.tfjs_file import read_graph
from models.types import Array


def run(topology: bytes, weights: bytes, image: Array, output: str) -> Array:
    """What the node `output` gives for `image` (1 x rows x columns x 3), flattened."""
    import tensorflow as tf

    # Nodes as the file has them; only the bytes of the weights are read by what is tested.
    nodes = {node["name"]: node for node in json.loads(topology)["modelTopology"]["node"]}
    values: dict[str, Any] = {
        name: tf.constant(value) for name, value in read_graph(topology, weights).weights.items()
    }

    def value(name: str) -> Any:
        if name not in values:
            values[name] = _apply(nodes[name], [value(one) for one in nodes[name].get("input", ())])
        return values[name]

    values["input_1"] = tf.constant(image)
    return np.asarray(value(output)).ravel().astype(np.float32)


def _apply(node: dict[str, Any], x: list[Any]) -> Any:
    import tensorflow as tf

    attributes = node.get("attr", {})
    strides = [int(one) for one in attributes.get("strides", {}).get("list", {}).get("i", ())]
    # base64 of SAME and VALID
    padding = {"U0FNRQ==": "SAME", "VkFMSUQ=": "VALID"}.get(
        attributes.get("padding", {}).get("s", ""), ""
    )
    operations: dict[str, Callable[[], Any]] = {
        "_FusedConv2D": lambda: _convolved(x, strides, padding),
        "DepthwiseConv2dNative": lambda: tf.nn.depthwise_conv2d(x[0], x[1], strides, padding),
        "Prelu": lambda: _prelu(x[0], x[1]),
        "MaxPool": lambda: tf.nn.max_pool2d(x[0], 2, strides, padding),
        "AddV2": lambda: x[0] + x[1],
        "Pad": lambda: tf.pad(x[0], x[1]),
        "Reshape": lambda: tf.reshape(x[0], x[1]),
        "Sigmoid": lambda: tf.sigmoid(x[0]),
        "ConcatV2": lambda: tf.concat(x[:-1], int(x[-1])),
        "Identity": lambda: x[0],
    }
    return operations[node["op"]]()


def _convolved(x: list[Any], strides: list[int], padding: str) -> Any:
    import tensorflow as tf

    y = tf.nn.bias_add(tf.nn.conv2d(x[0], x[1], strides, padding), x[2])
    return y if len(x) == 3 else _prelu(y, x[3])


def _prelu(x: Any, slope: Any) -> Any:
    import tensorflow as tf

    return tf.where(x > 0, x, slope * x)
