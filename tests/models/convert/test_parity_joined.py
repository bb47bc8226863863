"""Our `sface-mobilefacenet` against its two networks, each on its own, on the same real chips."""

import numpy as np

from models.embedders.spec import EMBEDDERS
from tests.models.convert import chips

NAME = "sface-mobilefacenet"
FACES = 12


def test_its_answers_are_those_of_its_networks() -> None:
    both = chips.embedder(NAME, "float32")
    each = [(chips.embedder(name, "float32"), weight) for name, weight in EMBEDDERS[NAME].parts]
    for chip in chips.lfw_chips(NAME, FACES):
        answer, at = both.answer(chip), 0
        for one, weight in each:
            alone = one.answer(chip)
            part, at = answer[at : at + one.dimension], at + one.dimension
            expected = np.sqrt(weight) * alone / np.linalg.norm(alone)
            assert np.abs(part - expected).max() <= 1e-4
        assert at == both.dimension


def test_quantised_agrees_with_float32() -> None:
    assert chips.smallest_cosine(NAME, 60) >= 0.99
