"""Whether one person needs a stricter threshold than others, and what an enrolment can promise."""

from enroll.template import Look
from models.calibration import Calibration


def strictness(look: Look, calibration: Calibration) -> float:
    """How much nearer than others this person must come to `look`: a distance >= 0.

    0 where the calibration knows no crowd of the look's model and metric.
    """
    if calibration.cohort is None or look.metric != "cosine":
        return 0.0
    return calibration.cohort.strictness(look.embeddings)
