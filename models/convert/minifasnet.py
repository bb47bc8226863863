"""Puts published weights into our Keras MiniFASNet: two checkpoints of PyTorch, one ONNX file."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from models.assets.catalogue import spec
from models.assets.weights import read_source
from models.convert import folding
from models.convert.onnx_file import read_convolutions, read_weights
from models.convert.torch_file import read_tensors
from models.errors import ConversionError
from models.networks import minifasnet as architecture
from models.networks.minifasnet import Variant
from models.types import Array

_EPSILON = 1e-5  # of PyTorch's batch normalisation
_STAGES = (("conv_23", "conv_3", 4), ("conv_34", "conv_4", 6), ("conv_45", "conv_5", 2))
"""As the files name them: the block that halves, the residual blocks, and how many those are."""


@dataclass(frozen=True, slots=True, eq=False)
class _Layer:
    """A convolution (outputs x inputs of a group x rows x columns) and what follows it."""

    kernel: Array
    bias: Array
    slope: Array | None
    """Of the PReLU that follows, by channel."""


def from_torch(variant: Variant) -> dict[str, Any]:
    """Keras model `texture` with the weights of the checkpoint.

    Raises NotInstalledError or CorruptModelError where the file is missing or not the published
    one, ConversionError where it does not fit the network.
    """
    model = spec(variant.name)
    tensors = read_tensors(read_source(model, model.sources[0]))
    try:
        layers = [_folded(tensors, name) for name in _names(variant)]
        normalisation = _normalisation(tensors, "module.bn")
        linear, classes = tensors["module.linear.weight"].T, tensors["module.prob.weight"].T
    except KeyError as error:
        raise ConversionError(f"the checkpoint has no {error}") from None
    return _network(variant, [*layers, _together(linear, *normalisation, classes)])


def from_onnx(variant: Variant) -> dict[str, Any]:
    """As `from_torch`, from an ONNX file, whose input is RGB in 0..1 instead."""
    model = spec(variant.name)
    content = read_source(model, model.sources[0])
    convolutions = read_convolutions(content)
    slopes = iter(read_weights(content, "PRelu"))
    try:
        plain = [name.endswith(_UNBENT) for name in _names(variant)]
        layers = [
            _Layer(one.kernel, one.bias, None if bare else next(slopes)[0].ravel())
            for one, bare in zip(convolutions, plain, strict=True)
        ]
        (linear,), (classes,) = read_weights(content, "MatMul")
        (normalisation,) = read_weights(content, "BatchNormalization")
        scale, shift = folding.batch_norm(*normalisation, epsilon=_EPSILON)
    except (ValueError, StopIteration, TypeError):
        raise ConversionError("the file holds another network than the published one") from None
    first = layers[0]
    as_bgr = (first.kernel[:, ::-1] / np.float32(255)).astype(np.float32)
    layers[0] = _Layer(as_bgr, first.bias, first.slope)
    return _network(variant, [*layers, _together(linear, scale, shift, classes)])


_UNBENT = ("project", "fc1", "fc2", "conv_6_dw")
"""Layers without PReLU."""


def _names(variant: Variant) -> Iterator[str]:
    """The layers in the order in which they run."""
    yield from ("conv1", "conv2_dw")
    for stage, (halving, residual, count) in enumerate(_STAGES):
        for block in (halving, *(f"{residual}.model.{index}" for index in range(count))):
            yield from (f"{block}.{part}" for part in ("conv", "conv_dw", "project"))
        if variant.squeezed and variant.squeezed[stage]:
            yield from (f"{residual}.model.{count - 1}.se_module.{part}" for part in ("fc1", "fc2"))
    yield from ("conv_6_sep", "conv_6_dw")


def _folded(tensors: Mapping[str, Array], name: str) -> _Layer:
    prefix = f"module.{name}"
    if name.endswith(("fc1", "fc2")):
        kernel, norm = tensors[f"{prefix}.weight"], f"module.{name[:-3]}bn{name[-1]}"
    else:
        kernel, norm = tensors[f"{prefix}.conv.weight"], f"{prefix}.bn"
    scale, shift = _normalisation(tensors, norm)
    folded, bias = folding.after(
        kernel.transpose(2, 3, 1, 0), np.zeros(len(kernel), np.float32), scale, shift
    )
    slope = None if name.endswith(_UNBENT) else tensors[f"{prefix}.prelu.weight"]
    return _Layer(folded.transpose(3, 2, 0, 1), bias, slope)


def _normalisation(
    tensors: Mapping[str, Array], name: str
) -> tuple[folding.Numbers, folding.Numbers]:
    numbers = (tensors[f"{name}.{part}"] for part in _NORMALISATION)
    return folding.batch_norm(*numbers, epsilon=_EPSILON)


_NORMALISATION = ("weight", "bias", "running_mean", "running_var")


def _together(
    linear: Array, scale: folding.Numbers, shift: folding.Numbers, classes: Array
) -> _Layer:
    """Two dense layers (inputs x outputs) with a normalisation between them are one."""
    wide = linear.astype(np.float64) * scale @ classes.astype(np.float64)
    bias = shift @ classes.astype(np.float64)
    return _Layer(wide.T[:, :, None, None].astype(np.float32), bias.astype(np.float32), None)


def _network(variant: Variant, layers: list[_Layer]) -> dict[str, Any]:
    network = architecture.minifasnet(variant)
    weights = [array for layer in layers for array in _in_keras_order(layer)]
    wanted = [tuple(variable.shape) for variable in network.weights]
    if [array.shape for array in weights] != wanted:
        raise ConversionError("the file's weights do not fit the network")
    network.set_weights(weights)
    return {"texture": network}


def _in_keras_order(layer: _Layer) -> Iterator[Array]:
    outputs, inputs = layer.kernel.shape[:2]
    alone = inputs == 1 and outputs > 1
    yield layer.kernel.transpose((2, 3, 0, 1) if alone else (2, 3, 1, 0))
    yield layer.bias
    if layer.slope is not None:
        yield layer.slope.reshape(1, 1, -1)
