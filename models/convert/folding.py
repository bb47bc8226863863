"""Puts what follows or precedes a convolution into its weights. Kernels are Keras': H x W x I x O.

All of it is done in float64 and rounded once, so that folding costs no accuracy.
"""

import numpy as np
import numpy.typing as npt

from models.types import Array

Numbers = npt.NDArray[np.floating]


def after(kernel: Numbers, bias: Numbers, scale: Numbers, shift: Numbers) -> tuple[Array, Array]:
    """Kernel and bias of `scale * convolution + shift`; `scale` and `shift` by output channel."""
    wide = scale.astype(np.float64)
    return (
        (kernel.astype(np.float64) * wide).astype(np.float32),
        (bias.astype(np.float64) * wide + shift.astype(np.float64)).astype(np.float32),
    )


def before(kernel: Numbers, bias: Numbers, scale: Numbers, shift: Numbers) -> tuple[Array, Array]:
    """Kernel and bias of the convolution of `scale * input + shift`, by input channel.

    Exact only for a convolution that does not pad: what it pads with would have to be scaled too.
    """
    wide = kernel.astype(np.float64)
    scaled = wide * scale.astype(np.float64)[:, None]
    shifted = np.einsum("hwio,i->o", wide, shift.astype(np.float64))
    return scaled.astype(np.float32), (bias.astype(np.float64) + shifted).astype(np.float32)


def batch_norm(
    gamma: Numbers, beta: Numbers, mean: Numbers, variance: Numbers, *, epsilon: float
) -> tuple[Numbers, Numbers]:
    """Scale and shift (float64, by channel) of a trained batch normalisation.

    After Ioffe and Szegedy: "Batch normalization", 2015.
    """
    scale = gamma.astype(np.float64) / np.sqrt(variance.astype(np.float64) + epsilon)
    return scale, beta.astype(np.float64) - scale * mean.astype(np.float64)
