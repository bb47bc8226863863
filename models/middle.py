"""The middle of values. NumPy's own median of floats imports its masked arrays: at the first face
that is looked at that costs as much time as a network.
"""

import numpy as np
import numpy.typing as npt


def median(values: npt.NDArray[np.floating]) -> float:
    """As `numpy.median` over all of them: not a number where one is none. Raises ValueError of
    none at all.
    """
    if values.size == 0:
        raise ValueError("nothing has no middle")
    ordered = np.sort(values, axis=None)  # what is no number comes last
    if np.isnan(ordered[-1]):
        return float("nan")
    return float(ordered[(values.size - 1) // 2 : values.size // 2 + 1].mean())
