"""Graph models of TensorFlow.js: what is read, what is refused, what becomes of a graph."""

import base64
import json
from typing import Any

import numpy as np
import pytest

from models.convert.tfjs_file import read_graph
from models.convert.tfjs_graph import keras_model
from models.errors import ConversionError


def text(value: str) -> dict[str, str]:
    return {"s": base64.b64encode(value.encode()).decode()}


def whole(*values: int) -> dict[str, Any]:
    return {"list": {"i": [str(value) for value in values]}}


def model(nodes: list[Any], weights: list[Any]) -> bytes:
    return json.dumps(
        {"modelTopology": {"node": nodes}, "weightsManifest": [{"weights": weights}]}
    ).encode()


SETTINGS: dict[str, Any] = {
    "ksize": whole(1, 2, 2, 1),
    "strides": whole(1, 2, 2, 1),
    "padding": text("VALID"),
}
POOL = {
    "name": "pool",
    "op": "MaxPool",
    "input": ["image"],
    "attr": SETTINGS,
}
NODES = [{"name": "image", "op": "Placeholder"}, POOL]
WEIGHTS = [{"name": "w", "shape": [2, 2], "dtype": "float32"}]
BYTES = np.arange(4, dtype="<f4").tobytes()


def test_weights_are_read_in_their_order_and_unpacked() -> None:
    entries = [
        *WEIGHTS,
        {"name": "h", "shape": [1], "dtype": "float32", "quantization": {"dtype": "float16"}},
        {"name": "i", "shape": [], "dtype": "int32"},
    ]
    content = BYTES + np.array([0.5], "<f2").tobytes() + np.array([-3], "<i4").tobytes()
    graph = read_graph(model(NODES, entries), content)
    assert graph.weights["w"].tolist() == [[0, 1], [2, 3]]
    assert graph.weights["h"].tolist() == [0.5]
    assert graph.weights["h"].dtype == np.float32
    assert int(graph.weights["i"]) == -3
    assert set(graph.nodes) == {"image", "pool"}


def test_a_graph_becomes_a_network_that_computes_it() -> None:
    graph = read_graph(model(NODES, WEIGHTS), BYTES)
    network = keras_model(graph, (1, 2, 4, 3), ["pool"], name="tiny")
    image = np.arange(24, dtype=np.float32).reshape(1, 2, 4, 3)
    expected = image.reshape(1, 1, 2, 2, 2, 3).max(axis=(2, 4)).ravel()
    assert np.asarray(network(image)).ravel().tolist() == expected.tolist()


@pytest.mark.parametrize(
    "topology",
    [
        b"",
        b"[]",
        b"{}",
        b"[" * 100_000,
        model([7], []),
        model([{"name": 7, "op": "Const"}], []),
        model([{"name": "a", "op": "Const", "input": [[]]}], []),
        model([{}] * 3000, []),
        json.dumps({"modelTopology": {"node": []}, "weightsManifest": [7]}).encode(),
    ],
)
def test_what_is_no_graph_is_refused(topology: bytes) -> None:
    with pytest.raises(ConversionError):
        read_graph(topology, b"")


@pytest.mark.parametrize(
    ("entry", "content"),
    [
        ({"name": "w", "shape": [2, 2], "dtype": "float32"}, BYTES[:-1]),
        ({"name": "w", "shape": [2, 2], "dtype": "float32"}, BYTES + b"x"),
        ({"name": "w", "shape": [-2, -2], "dtype": "float32"}, BYTES),
        ({"name": "w", "shape": [0], "dtype": "float32"}, b""),
        ({"name": "w", "shape": [1 << 40, 1 << 40], "dtype": "float32"}, BYTES),
        ({"name": "w", "shape": "22", "dtype": "object"}, BYTES),
        ({"name": "w", "shape": [4], "dtype": "float32", "quantization": 7}, BYTES),
        ({"name": "w", "shape": [1], "dtype": "float32"}, np.array([np.nan], "<f4").tobytes()),
        (7, BYTES),
    ],
)
def test_weights_that_do_not_fit_are_refused(entry: Any, content: bytes) -> None:
    with pytest.raises(ConversionError):
        read_graph(model(NODES, [entry]), content)


@pytest.mark.parametrize(
    "node",
    [
        {"name": "out", "op": "PyFunc", "input": ["image"]},
        {"name": "out", "op": "Identity", "input": ["nowhere"]},
        {"name": "out", "op": "Identity", "input": ["out"]},
        {"name": "out", "op": "Identity", "input": []},
        {**POOL, "name": "out", "attr": {}},
        {**POOL, "name": "out", "attr": {**SETTINGS, "padding": {"s": "?"}}},
        {**POOL, "name": "out", "attr": {**SETTINGS, "padding": text("EXPLICIT")}},
        {"name": "out", "op": "_FusedConv2D", "input": ["image", "w", "w"], "attr": {}},
    ],
)
def test_operations_that_we_do_not_know_are_refused(node: Any) -> None:
    graph = read_graph(model([NODES[0], node], WEIGHTS), BYTES)
    with pytest.raises(ConversionError):
        keras_model(graph, (1, 2, 4, 3), ["out"], name="tiny")
