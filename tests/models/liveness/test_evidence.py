import math

import pytest

from models.liveness.evidence import MOST_AGAINST, MOST_FOR_LIFE, CueEvidence, no_evidence


def test_an_answer_is_bounded_on_both_sides_and_lower_for_life() -> None:
    assert CueEvidence("depth", 50.0, "round").llr == MOST_FOR_LIFE
    assert CueEvidence("depth", -50.0, "flat").llr == MOST_AGAINST
    assert MOST_FOR_LIFE < -MOST_AGAINST


def test_no_evidence_weighs_nothing() -> None:
    answer = no_evidence("depth", "no-motion")
    assert (answer.llr, answer.known, answer.withholds) == (0.0, False, False)
    assert CueEvidence("depth", -5.0, "flat", known=False).llr == 0.0


@pytest.mark.parametrize("llr", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_refused(llr: float) -> None:
    with pytest.raises(ValueError, match="the cue depth gave"):
        CueEvidence("depth", llr, "flat")
