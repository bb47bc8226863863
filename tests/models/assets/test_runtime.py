"""Running networks on LiteRT."""

import subprocess
import sys

import numpy as np
import pytest

from models.assets.runtime import Network
from models.errors import CorruptModelError
from models.types import Array
from tests.data import ROOT
from tests.models.tiny import scaling

BATCH = np.array([[1, 2, 3]], dtype=np.float32)


def test_outputs_come_in_the_order_of_their_names() -> None:
    for names in (("a", "b", "c"), ("c", "a", "b"), ("b", "c", "a")):
        factors = {name: {"a": 2.0, "b": 3.0, "c": 5.0}[name] for name in names}
        got = Network(scaling(factors)).run(BATCH)
        assert [float(output[0, 0]) for output in got] == [2, 3, 5]


def test_an_output_stays_when_the_network_runs_again() -> None:
    network = Network(scaling({"out": 2.0}))
    (first,) = network.run(BATCH)
    network.run(BATCH * 7)
    assert np.array_equal(first, BATCH * 2)


def test_batches_of_many_shapes_each_get_their_answer() -> None:
    network = Network(scaling({"out": 2.0}))
    for _ in range(2):
        for count in range(1, 40):
            batch = np.full((count, 3), count, dtype=np.float32)
            (got,) = network.run(batch)
            assert got.shape == (count, 3)
            assert (got == 2 * count).all()


def test_no_more_interpreters_are_kept_than_agreed() -> None:
    network = Network(scaling({"out": 2.0}))
    for count in range(1, 40):
        network.run(np.zeros((count, 3), dtype=np.float32))
    assert len(network._interpreters) == 24


@pytest.mark.parametrize(
    "batch", [BATCH[:, ::-1], BATCH.astype(np.float64), np.repeat(BATCH, 2, 0)[::2]]
)
def test_any_layout_of_the_numbers_will_do(batch: Array) -> None:
    (got,) = Network(scaling({"out": 2.0})).run(batch)
    assert np.array_equal(got, 2 * np.asarray(batch, dtype=np.float32))


def test_several_threads_answer_the_same() -> None:
    content = scaling({"out": 2.0})
    assert np.array_equal(Network(content, threads=2).run(BATCH), Network(content).run(BATCH))


@pytest.mark.parametrize("content", [b"", b"garbage", bytes(4096), b"\0\0\0\0TFL3" + bytes(64)])
def test_what_is_no_network_is_refused(content: bytes) -> None:
    with pytest.raises(CorruptModelError, match="LiteRT"):
        Network(content).run(BATCH)


def test_running_imports_no_tensorflow() -> None:
    code = """
import sys
import numpy as np
from models.assets.runtime import Network
from tests.models.tiny import scaling
Network(scaling({"out": 2.0})).run(np.zeros((1, 3), np.float32))
print(*sorted({"tensorflow", "keras", "torch", "dlib", "onnx"} & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == ""
