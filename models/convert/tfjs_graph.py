"""From a graph of TensorFlow.js to a Keras model: the few operations that our networks have."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from models.convert.tfjs_file import Graph, Node, Values
from models.errors import ConversionError

_DEEPEST = 200
"""Operations one after another; Python's own limit on recursion is higher still."""


def keras_model(graph: Graph, shape: tuple[int, ...], outputs: Sequence[str], *, name: str) -> Any:
    """A Keras model of one input of `shape` (with the batch) and one output: all `outputs` flat.

    Raises ConversionError where the graph has what we do not know.
    """
    import keras

    image = keras.Input(batch_shape=shape, name="image")
    builder = _Builder(graph, image)
    flat = [keras.layers.Reshape((-1,))(builder.tensor(output)) for output in outputs]
    together = flat[0] if len(flat) == 1 else keras.layers.Concatenate()(flat)
    return keras.Model(image, together, name=name)


class _Builder:
    """Makes the tensor of a node, and of what the node needs, each once."""

    def __init__(self, graph: Graph, image: Any) -> None:
        self._graph = graph
        self._image = image
        self._made: dict[str, Any] = {}

    def tensor(self, name: str, depth: int = 0) -> Any:
        if name not in self._made:
            node = self._graph.nodes.get(name)
            if node is None or depth > _DEEPEST:
                raise ConversionError(f"the graph has no usable node {name}")
            self._made[name] = self._build(node, depth + 1)
        return self._made[name]

    def _build(self, node: Node, depth: int) -> Any:
        if node.operation == "Placeholder":
            return self._image
        build = _OPERATIONS.get(node.operation)
        if build is None:
            raise ConversionError(f"the graph has the unknown operation {node.operation}")
        weights = [self._graph.weights[name] for name in node.inputs if self._is_weight(name)]
        tensors = [self.tensor(name, depth) for name in node.inputs if not self._is_weight(name)]
        try:
            return build(node, tensors, weights)
        except (IndexError, ValueError, TypeError) as error:
            raise ConversionError(f"{node.name} cannot be built: {error}") from error

    def _is_weight(self, name: str) -> bool:
        return name in self._graph.weights


def _convolution(node: Node, tensors: Sequence[Any], weights: Sequence[Values]) -> Any:
    import keras

    fused = node.texts("fused_ops")
    if fused not in (("BiasAdd",), ("BiasAdd", "Prelu")):
        raise ConversionError(f"{node.name} ends in {', '.join(fused)}")
    kernel, bias = weights[:2]
    layer = keras.layers.Conv2D(
        kernel.shape[3], kernel.shape[:2], _stride(node), padding=_padding(node)
    )
    x = _with_weights(layer, tensors[0], [kernel, bias])
    return _prelu(node, [x], weights[2:]) if len(fused) == 2 else x


def _depthwise(node: Node, tensors: Sequence[Any], weights: Sequence[Values]) -> Any:
    import keras

    layer = keras.layers.DepthwiseConv2D(
        weights[0].shape[:2], _stride(node), padding=_padding(node), use_bias=False
    )
    return _with_weights(layer, tensors[0], [weights[0]])


def _prelu(_: Node, tensors: Sequence[Any], weights: Sequence[Values]) -> Any:
    import keras

    return _with_weights(keras.layers.PReLU(shared_axes=[1, 2]), tensors[0], [weights[0]])


def _add(_: Node, tensors: Sequence[Any], weights: Sequence[Values]) -> Any:
    import keras

    if len(tensors) == 2:
        return keras.layers.Add()(list(tensors))
    return keras.ops.add(tensors[0], keras.ops.convert_to_tensor(weights[0]))


def _pool(node: Node, tensors: Sequence[Any], _: Sequence[Values]) -> Any:
    import keras

    size = node.whole("ksize")[1:3]
    return keras.layers.MaxPooling2D(size, _stride(node), padding=_padding(node))(tensors[0])


def _pad(_: Node, tensors: Sequence[Any], weights: Sequence[Values]) -> Any:
    import keras

    return keras.ops.pad(tensors[0], weights[0].tolist())


def _reshape(_: Node, tensors: Sequence[Any], weights: Sequence[Values]) -> Any:
    import keras

    return keras.layers.Reshape(tuple(weights[0].tolist()[1:]))(tensors[0])


def _sigmoid(_: Node, tensors: Sequence[Any], __: Sequence[Values]) -> Any:
    import keras

    return keras.ops.sigmoid(tensors[0])


def _concatenate(_: Node, tensors: Sequence[Any], weights: Sequence[Values]) -> Any:
    import keras

    return keras.layers.Concatenate(axis=int(weights[0]))(list(tensors))


def _identity(_: Node, tensors: Sequence[Any], __: Sequence[Values]) -> Any:
    return tensors[0]


_OPERATIONS: Mapping[str, Callable[[Node, Sequence[Any], Sequence[Values]], Any]] = {
    "_FusedConv2D": _convolution,
    "DepthwiseConv2dNative": _depthwise,
    "Prelu": _prelu,
    "AddV2": _add,
    "MaxPool": _pool,
    "Pad": _pad,
    "Reshape": _reshape,
    "Sigmoid": _sigmoid,
    "ConcatV2": _concatenate,
    "Identity": _identity,
}


def _with_weights(layer: Any, x: Any, weights: Sequence[Values]) -> Any:
    y = layer(x)
    layer.set_weights(list(weights))
    return y


def _stride(node: Node) -> tuple[int, ...]:
    return node.whole("strides")[1:3]


def _padding(node: Node) -> str:
    padding = node.text("padding").lower()
    if padding not in ("same", "valid"):
        raise ConversionError(f"{node.name} pads {padding}")
    return padding
