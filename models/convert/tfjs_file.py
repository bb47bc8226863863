"""Reads a TensorFlow.js graph model: a JSON file of nodes and one file of weights, from bytes.

The format is that of TensorFlow.js's converter: `modelTopology.node` is a GraphDef in JSON, and
`weightsManifest` lists the weights in the order in which their bytes follow one another.
"""

import base64
import binascii
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from models.errors import ConversionError

_MOST_NODES = 2_000
_MOST_VALUES = 10_000_000
_STORED = {("float32", None): "<f4", ("float32", "float16"): "<f2", ("int32", None): "<i4"}
"""NumPy's name of what is in the file, by what it stands for and how it was compressed."""

Values = npt.NDArray[Any]
"""float32 or int32, any shape."""


@dataclass(frozen=True, slots=True)
class Node:
    """One operation: `settings` are its attributes as decoded from JSON."""

    name: str
    operation: str
    inputs: tuple[str, ...]
    settings: Mapping[str, Any]

    def whole(self, name: str) -> tuple[int, ...]:
        """The attribute `name` as a list of whole numbers; raises ConversionError."""
        try:
            return tuple(int(value) for value in self.settings[name]["list"]["i"])
        except (KeyError, TypeError, ValueError):
            raise ConversionError(f"{self.name} has no numbers {name}") from None

    def text(self, name: str) -> str:
        """The attribute `name` as text; raises ConversionError."""
        try:
            return _decoded(self.settings[name]["s"])
        except (KeyError, TypeError):
            raise ConversionError(f"{self.name} has no text {name}") from None

    def texts(self, name: str) -> tuple[str, ...]:
        """The attribute `name` as a list of texts, empty where it is absent."""
        try:
            return tuple(_decoded(value) for value in self.settings[name]["list"]["s"])
        except (KeyError, TypeError):
            return ()


@dataclass(frozen=True, slots=True)
class Graph:
    """Nodes by name, without constants; `weights` are those constants."""

    nodes: Mapping[str, Node]
    weights: Mapping[str, Values]


def read_graph(topology: bytes, weights: bytes) -> Graph:
    """The graph of the JSON file `topology` with its `weights`. Raises ConversionError."""
    try:
        content = json.loads(topology)
        nodes = content["modelTopology"]["node"]
        groups = content["weightsManifest"]
        entries = [entry for group in groups for entry in group["weights"]]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise ConversionError("not a graph model of TensorFlow.js") from None
    if len(nodes) > _MOST_NODES or len(entries) > _MOST_NODES:
        raise ConversionError(f"a graph of {len(nodes)} nodes and {len(entries)} weights")
    found = [_node(one) for one in nodes]
    return Graph(
        {node.name: node for node in found if node.operation != "Const"}, _read(entries, weights)
    )


def _node(raw: Any) -> Node:
    try:
        inputs = tuple(raw.get("input", ()))
        node = Node(raw["name"], raw["op"], inputs, raw.get("attr", {}))
    except (AttributeError, KeyError, TypeError):
        raise ConversionError("a node that is none") from None
    if not all(isinstance(text, str) for text in (node.name, node.operation, *inputs)):
        raise ConversionError("a node whose names are no text")
    return node


def _read(entries: Sequence[Any], content: bytes) -> dict[str, Values]:
    found: dict[str, Values] = {}
    start = 0
    for entry in entries:
        try:
            name, shape = str(entry["name"]), tuple(int(side) for side in entry["shape"])
            compressed = entry.get("quantization", {}).get("dtype")
            stored = np.dtype(_STORED[entry["dtype"], compressed])
        except (AttributeError, KeyError, TypeError, ValueError):
            raise ConversionError("weights of an unknown kind") from None
        count = math.prod(shape)
        end = start + count * stored.itemsize
        if min(shape, default=1) <= 0 or count > _MOST_VALUES or end > len(content):
            raise ConversionError(f"{name} has not the length of its shape {shape}")
        values = np.frombuffer(content[start:end], dtype=stored).reshape(shape)
        found[name] = values.astype(np.int32 if stored.kind == "i" else np.float32)
        if not np.isfinite(found[name]).all():
            raise ConversionError(f"{name} is not finite")
        start = end
    if start != len(content):
        raise ConversionError(f"{len(content) - start} bytes of weights too many")
    return found


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode("ascii")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        raise ConversionError("an attribute that is no text") from None
