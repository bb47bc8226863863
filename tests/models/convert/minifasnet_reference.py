"""MiniFASNet's forward pass in NumPy, as the checkpoint has it: nothing folded, channels first."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from models.types import Array

Numbers = npt.NDArray[np.float64]


def run(tensors: Mapping[str, Array], image: Array) -> Numbers:
    """Logits of `image` (1 x size x size x 3 BGR, 0..255)."""
    x = image[0].transpose(2, 0, 1).astype(np.float64)
    x = _unit(tensors, "module.conv1", x, stride=2)
    x = _unit(tensors, "module.conv2_dw", x)
    for halving, residual, count in (("23", "3", 4), ("34", "4", 6), ("45", "5", 2)):
        x = _block(tensors, f"module.conv_{halving}", x, stride=2)
        for index in range(count):
            x = x + _block(tensors, f"module.conv_{residual}.model.{index}", x)
    x = _unit(tensors, "module.conv_6_sep", x)
    x = _convolved(x, tensors["module.conv_6_dw.conv.weight"], 1, 0)
    x = _normalised(tensors, "module.conv_6_dw.bn", x).ravel()
    x = _normalised(tensors, "module.bn", (tensors["module.linear.weight"] @ x)[:, None, None])
    return np.asarray(tensors["module.prob.weight"] @ x.ravel())


def _block(tensors: Mapping[str, Array], name: str, x: Numbers, stride: int = 1) -> Numbers:
    x = _unit(tensors, f"{name}.conv", x)
    x = _unit(tensors, f"{name}.conv_dw", x, stride=stride)
    x = _unit(tensors, f"{name}.project", x)
    if f"{name}.se_module.fc1.weight" not in tensors:
        return x
    y = x.mean(axis=(1, 2), keepdims=True)
    y = _convolved(y, tensors[f"{name}.se_module.fc1.weight"], 1, 0)
    y = np.maximum(_normalised(tensors, f"{name}.se_module.bn1", y), 0)
    y = _convolved(y, tensors[f"{name}.se_module.fc2.weight"], 1, 0)
    y = _normalised(tensors, f"{name}.se_module.bn2", y)
    return np.asarray(x / (1 + np.exp(-y)))


def _unit(tensors: Mapping[str, Array], name: str, x: Numbers, stride: int = 1) -> Numbers:
    kernel = tensors[f"{name}.conv.weight"]
    x = _normalised(tensors, f"{name}.bn", _convolved(x, kernel, stride, kernel.shape[2] // 2))
    slope = tensors.get(f"{name}.prelu.weight")
    return x if slope is None else np.where(x > 0, x, slope[:, None, None] * x)


def _convolved(x: Numbers, kernel: Array, stride: int, padding: int) -> Numbers:
    """`kernel` is outputs x inputs x rows x columns; one input where each is filtered alone."""
    x = np.pad(x, ((0, 0), (padding, padding), (padding, padding)))
    windows = np.lib.stride_tricks.sliding_window_view(x, kernel.shape[2:], axis=(1, 2))
    windows = windows[:, ::stride, ::stride]
    alone = kernel.shape[1] == 1 and len(x) > 1
    summed = "cyxhw,chw->cyx" if alone else "cyxhw,ochw->oyx"
    return np.asarray(np.einsum(summed, windows, kernel[:, 0] if alone else kernel, optimize=True))


def _normalised(tensors: Mapping[str, Array], name: str, x: Numbers) -> Numbers:
    mean, variance = tensors[f"{name}.running_mean"], tensors[f"{name}.running_var"]
    scale = tensors[f"{name}.weight"] / np.sqrt(variance.astype(np.float64) + 1e-5)
    return np.asarray(
        (x - mean[:, None, None]) * scale[:, None, None] + tensors[f"{name}.bias"][:, None, None]
    )
