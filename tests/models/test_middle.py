import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from models.middle import median

_FLOATS = st.floats(width=32, allow_nan=False, allow_infinity=False)
_SHAPES = arrays.array_shapes(max_dims=2, max_side=9)


@given(arrays.arrays(np.float32, _SHAPES, elements=_FLOATS))
def test_it_is_numpys(values: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> None:
    with np.errstate(over="ignore"):
        assert median(values) == float(np.median(values))


def test_what_is_no_number_has_no_middle() -> None:
    assert np.isnan(median(np.array([1.0, np.nan, 2.0])))


def test_nothing_has_no_middle() -> None:
    with pytest.raises(ValueError, match="nothing"):
        median(np.zeros(0))


def test_masked_arrays_are_not_imported() -> None:
    program = (
        "import sys, numpy; from models.middle import median\n"
        "median(numpy.arange(5.0)); sys.exit('numpy.ma' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
