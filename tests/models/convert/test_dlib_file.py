"""dlib's file: what is read, and that nothing else is."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.assets.catalogue import spec
from models.assets.weights import read_source
from models.convert import dlib_file, resnet
from models.convert.dlib_file import read_network
from models.errors import ConversionError
from models.networks import resnet as architecture
from tests.models.convert import dlib_writer as dlib

KERNEL = np.arange(2 * 3 * 3 * 3, dtype=np.float32).reshape(2, 3, 3, 3)
BIAS = np.array([0.5, -0.25], dtype=np.float32)
LAYERS = (
    dlib.convolution(KERNEL, BIAS, stride=2),
    dlib.affine(np.array([2, 3], np.float32), np.array([4, 5], np.float32)),
    dlib.bare("relu_"),
    dlib.pooling("max_pool_2", 3, 3, 2, 2, 0, 0),
    dlib.dense(np.arange(8, dtype=np.float32).reshape(2, 4)),
)
FILE = dlib.network(*LAYERS, tags=2)


def reader(content: bytes) -> dlib_file._Reader:
    return dlib_file._Reader(content)


@given(st.integers(-(2**63), 2**63))
def test_integers_are_read_as_written(value: int) -> None:
    assert reader(dlib.integer(value)).integer() == value


@given(st.integers(-(2**24), 2**24), st.integers(-150, 120))
def test_floats_are_mantissa_and_exponent(mantissa: int, exponent: int) -> None:
    assert reader(dlib.number(mantissa, exponent)).real() == mantissa * 2.0**exponent


def test_layers_come_in_the_order_in_which_they_run() -> None:
    network = read_network(FILE)
    assert network.mean == pytest.approx((122, 117, 104))
    assert (network.height, network.width) == (150, 150)
    kinds = [layer.kind for layer in network.layers]
    assert kinds == ["con_4", "affine_", "relu_", "max_pool_2", "fc_2"]
    assert network.layers[0].settings == (2, 3, 3, 2, 2, 0, 0)
    np.testing.assert_array_equal(network.layers[0].values, [*KERNEL.ravel(), *BIAS])
    np.testing.assert_array_equal(network.layers[1].values, [2, 3, 4, 5])
    assert network.layers[3].settings == (3, 3, 2, 2, 0, 0)
    assert network.layers[4].settings == (4, 2)


def test_a_file_that_ends_early_is_refused() -> None:
    for length in range(len(FILE)):
        with pytest.raises(ConversionError):
            read_network(FILE[:length])


@given(st.integers(0, len(FILE) - 1), st.integers(1, 255))
def test_a_changed_byte_is_refused_or_changes_a_number(place: int, change: int) -> None:
    changed = bytearray(FILE)
    changed[place] ^= change
    try:
        network = read_network(bytes(changed))
    except ConversionError:
        return
    assert all(np.isfinite(layer.values).all() for layer in network.layers)


@given(st.binary(max_size=200))
def test_any_bytes_are_refused(content: bytes) -> None:
    with pytest.raises(ConversionError):
        read_network(content)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (FILE + b"\0", "1 bytes after the last layer"),
        (dlib.network(dlib.bare("softmax_"), *LAYERS), "unknown kind of layer 'softmax_'"),
        (dlib.network(dlib.convolution(KERNEL, np.array([np.nan, 0]))), "not finite"),
        (
            dlib.network(dlib.affine(np.ones(3, np.float32), np.ones(2, np.float32))),
            "5 numbers|contradicts",
        ),
        (dlib.integer(1) + dlib.string("loss_metric_3"), "'loss_metric_3' where"),
        (dlib.integer(1) + dlib.integer(10**9), "a name of 1000000000 characters"),
        (dlib.integer(1) + dlib.string("loss_metric_2") + dlib.number(1, 5000), "exponent 5000"),
        (b"\x09" + bytes(9), "no integer begins with byte 0x09"),
    ],
)
def test_what_does_not_belong_is_named(content: bytes, message: str) -> None:
    with pytest.raises(ConversionError, match=message):
        read_network(content)


def test_a_tensor_cannot_claim_more_than_there_is() -> None:
    vast = dlib.string("con_4") + dlib.integer(2) + dlib.integer(2**40) * 4
    with pytest.raises(ConversionError, match="a tensor of shape"):
        read_network(dlib.network(vast))


def test_endless_nesting_is_refused() -> None:
    head = dlib.integer(1) + dlib.string("loss_metric_2") + dlib.number(1) * 2
    with pytest.raises(ConversionError, match="layer 1000"):
        read_network(head + dlib.integer(2) * 5000)


def test_the_published_file_is_the_network_that_we_know() -> None:
    model = spec("resnet")
    network = read_network(read_source(model, model.sources[0]))
    convolutions = [layer.settings[0] for layer in network.layers if layer.kind == "con_4"]
    expected = [filters for filters, _ in architecture.BLOCKS for _ in range(2)]
    assert convolutions == [32, *expected]
    assert network.mean == pytest.approx((122.782, 117.001, 104.298))
    assert sum(layer.values.size for layer in network.layers) == pytest.approx(5.6e6, rel=0.01)


def test_another_network_is_refused() -> None:
    with pytest.raises(ConversionError, match="another network"):
        resnet._check_order(read_network(FILE).layers)
