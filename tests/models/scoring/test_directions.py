"""Directions in files: what was written is read again, anything else is refused."""

import base64
from typing import Any

import numpy as np
import pytest

from models.scoring.directions import decoded, encoded, require_orthonormal

_WRONG: list[Any] = [
    *("", None, 7, "äöü", "====", "A" * 10),
    base64.b64encode(bytes(2 * 15)).decode(),
    "A" * 100_000,
]


def test_what_was_written_is_read_again() -> None:
    rows = np.linalg.qr(np.random.default_rng(1).normal(size=(16, 4)))[0].T
    read = decoded(encoded(rows), numbers=16, most=8)
    assert np.abs(read - rows).max() <= 0.5 / 32767
    require_orthonormal(read, numbers=16, most=8)
    assert not read.flags.writeable


@pytest.mark.parametrize("raw", _WRONG)
def test_what_nobody_wrote_is_refused(raw: Any) -> None:
    with pytest.raises(ValueError, match=r"."):
        decoded(raw, numbers=16, most=8)


@pytest.mark.parametrize(
    "rows",
    [np.eye(16)[:9], np.eye(15)[:2], np.empty((0, 16)), 2 * np.eye(16)[:2], np.ones((2, 16)) / 4],
)
def test_rows_that_are_no_directions_are_refused(rows: Any) -> None:
    with pytest.raises(ValueError, match="directions"):
        require_orthonormal(rows, numbers=16, most=8)
