"""Quantisation: small errors in weights, convolutions alone, and a network that still runs."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.assets import prepared
from models.assets.catalogue import spec
from models.convert import selfcheck
from models.convert.quantise import quantise, rounded
from models.embedders.spec import EMBEDDERS
from models.errors import ConversionError
from tests.models.convert import chips


@given(st.integers(0, 2**32 - 1), st.floats(1e-20, 1e20))
def test_rounding_moves_a_weight_by_half_a_step_at_most(seed: int, size: float) -> None:
    weights = (np.random.default_rng(seed).normal(size=(3, 2, 2, 5)) * size).astype(np.float32)
    levels, steps = rounded(weights)
    assert levels.dtype == np.int8
    assert levels.min() >= -127
    assert np.abs(levels).reshape(3, -1).max(axis=1).tolist() == [127, 127, 127]
    back = levels * steps[:, None, None, None].astype(np.float64)
    assert (np.abs(back - weights) <= 0.5001 * steps[:, None, None, None]).all()


def test_an_output_without_weights_stays_so() -> None:
    weights = np.zeros((2, 1, 1, 64), np.float32)
    weights[1] = 0.5
    levels, steps = rounded(weights)
    assert not levels[0].any()
    assert np.isfinite(steps).all()
    assert steps[0] > 0


@pytest.mark.parametrize("strange", [np.nan, np.inf, -np.inf])
def test_weights_that_are_not_finite_are_refused(strange: float) -> None:
    with pytest.raises(ConversionError, match="not finite"):
        rounded(np.full((1, 1, 1, 64), strange, np.float32))


def weight_types(content: bytes) -> list[tuple[int, bool, bool]]:
    """Of each layer with weights: its operator, whether they are int8, whether they are many."""
    from ai_edge_litert import schema_py_generated as schema

    kinds = schema.BuiltinOperator
    weighing = (kinds.CONV_2D, kinds.DEPTHWISE_CONV_2D, kinds.FULLY_CONNECTED)
    model: Any = schema.ModelT.InitFromPackedBuf(content, 0)
    found = []
    for operator in model.subgraphs[0].operators:
        kind = model.operatorCodes[operator.opcodeIndex].builtinCode
        if kind in weighing:
            tensor = model.subgraphs[0].tensors[operator.inputs[1]]
            many = bool(np.prod(tensor.shape[1:]) >= 64)
            found.append((kind, tensor.type == schema.TensorType.INT8, many))
    return found


@pytest.mark.parametrize("name", ["resnet", "mobilefacenet"])
def test_only_large_convolutions_are_quantised(name: str) -> None:
    from ai_edge_litert import schema_py_generated as schema

    chips.prepared(name)
    quantised = weight_types(prepared.load_network(spec(name), "embedder", "int8"))
    assert len(quantised) > 25
    for kind, is_int8, many in quantised:
        assert is_int8 == (kind == schema.BuiltinOperator.CONV_2D and many)


def test_a_quantised_network_is_smaller_and_agrees() -> None:
    chips.prepared("mobilefacenet")
    plain = prepared.load_network(spec("mobilefacenet"), "embedder", "float32")
    quantised = quantise(plain)
    assert len(quantised) < 0.35 * len(plain)
    inputs = selfcheck.chips(EMBEDDERS["mobilefacenet"], 2)
    pair = [selfcheck.outputs(content, inputs) for content in (quantised, plain)]
    found = selfcheck.agreement(*pair)
    assert selfcheck.MIN_COSINE <= found.cosine < 1 - 1e-6


def test_a_quantised_network_is_not_quantised_again() -> None:
    chips.prepared("mobilefacenet")
    quantised = prepared.load_network(spec("mobilefacenet"), "embedder", "int8")
    with pytest.raises(ConversionError, match="without weights of its own"):
        quantise(quantised)
