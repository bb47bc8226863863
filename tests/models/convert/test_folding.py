"""Folded weights give what the unfolded layers give."""

import numpy as np
import numpy.typing as npt
from hypothesis import given
from hypothesis import strategies as st

from models.convert import folding

Wide = npt.NDArray[np.float64]
seeds = st.integers(0, 2**32 - 1)


def convolved(
    image: Wide, kernel: npt.NDArray[np.floating], bias: npt.NDArray[np.floating]
) -> Wide:
    """Without padding, written the slow way: H x W x I by R x C x I x O."""
    rows, columns = kernel.shape[:2]
    height, width = image.shape[0] - rows + 1, image.shape[1] - columns + 1
    result = np.zeros((height, width, kernel.shape[3]))
    for y in range(height):
        for x in range(width):
            window = image[y : y + rows, x : x + columns]
            result[y, x] = np.tensordot(window, kernel.astype(np.float64), axes=3) + bias
    return result


def drawn(seed: int) -> tuple[Wide, Wide, Wide]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(4, 5, 3)), rng.normal(size=(2, 3, 3, 4)), rng.normal(size=4)


@given(seeds)
def test_what_follows_a_convolution(seed: int) -> None:
    image, kernel, bias = drawn(seed)
    scale, shift = np.random.default_rng(seed + 1).normal(size=(2, 4))
    folded = folding.after(kernel, bias, scale, shift)
    expected = scale * convolved(image, kernel, bias) + shift
    np.testing.assert_allclose(convolved(image, *folded), expected, atol=1e-4)


@given(seeds)
def test_what_precedes_a_convolution(seed: int) -> None:
    image, kernel, bias = drawn(seed)
    scale, shift = np.random.default_rng(seed + 1).normal(size=(2, 3))
    folded = folding.before(kernel, bias, scale, shift)
    expected = convolved(scale * image + shift, kernel, bias)
    np.testing.assert_allclose(convolved(image, *folded), expected, atol=1e-4)


@given(seeds)
def test_batch_normalisation_is_a_scale_and_a_shift(seed: int) -> None:
    rng = np.random.default_rng(seed)
    gamma, beta, mean, values = rng.normal(size=(4, 6))
    variance = rng.uniform(0, 3, 6)
    scale, shift = folding.batch_norm(gamma, beta, mean, variance, epsilon=0.001)
    expected = gamma * (values - mean) / np.sqrt(variance + 0.001) + beta
    np.testing.assert_allclose(scale * values + shift, expected, rtol=1e-9, atol=1e-9)
