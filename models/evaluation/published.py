"""`python -m models.evaluation.published DIR`: `facenet-vggface2` by published figures.

Its weights cannot be had where Facelatch is built, so nothing here is measured, and every output
says so until `facelatch models calibrate` replaces it. What is published:

- accuracy 99.65 % on Labeled Faces in the Wild (README of davidsandberg/facenet); others measured
  a false-reject rate of 1.4 % at FAR 1e-3 and an EER of 0.4 % (its issue 814);
- cosine distances up to 0.40 for the 128-d network and 0.30 for this one, of 512 dimensions, as
  thresholds of one person, without a rate (deepface, config/threshold.py).

Nobody states the rate at a distance. At an EER of 0.4 % the distance of FAR 1e-3 lies well above
both thresholds, so giving 0.40 that rate, 0.30 a hundredth of it, and a decade less for every
0.05, errs toward refusing; a visit of several attempts is several chances, as everywhere. The
evidence at a rate is the least of what the embedders that could be measured show at that rate.
"""

import sys
from pathlib import Path

import numpy as np

from models import calibrations
from models.assets.catalogue import spec
from models.assets.weights import source_digest
from models.embedders.spec import EMBEDDERS
from models.errors import FacelatchError
from models.scoring.calibration import Calibration, Provenance
from models.scoring.security import ATTEMPTS
from models.types import Precision

_DISTANCES = np.array([0.15, 0.20, 0.25, 0.30, 0.35, 0.40, 0.50, 0.60, 0.75, 1.00, 1.20])
_LOG_FAR = np.array([-8.0, -7.0, -6.0, -5.0, -4.0, -3.0, -2.0, -1.5, -1.0, -0.3, 0.0])
_NAME = "facenet-vggface2"
_DATE = "2018-04-02"
_DATA = "LFW accuracy 99.65 % (davidsandberg/facenet) and thresholds of deepface"
_COMMAND = "python -m models.evaluation.published models/calibrations"
_EVIDENCE_FROM = ("mobilefacenet", "resnet")
_LEAST_FALL = 1e-3


def facenet(precision: Precision, others: list[Calibration]) -> Calibration:
    """The calibration of `facenet-vggface2`; its evidence is the least that `others` show."""
    log_far = np.minimum(_LOG_FAR + np.log10(ATTEMPTS), 0.0)
    least = np.min([np.interp(log_far, one.log_far, one.llr) for one in others], axis=0)
    falling = np.minimum.accumulate(np.minimum(least, -np.log(10.0) * log_far))
    return Calibration(
        model_id=f"{_NAME}:{source_digest(spec(_NAME))[:16]}.{EMBEDDERS[_NAME].revision}",
        precision=precision,
        metric="cosine",
        provenance=Provenance(
            kind="published",
            data=_DATA,
            people=0,
            pictures=0,
            genuine=0,
            impostors=0,
            date=_DATE,
            command=_COMMAND,
        ),
        distances=_DISTANCES,
        log_far=log_far,
        llr=falling - _LEAST_FALL * np.arange(falling.size),
        measured_far=1.0,
    )


def main(arguments: list[str]) -> int:
    """Writes both files into the folder named; exit 2 where that cannot be done."""
    if len(arguments) != 1:
        print(__doc__.partition(":")[0], file=sys.stderr)  # noqa: T201
        return 2
    folder = Path(arguments[0])
    try:
        others = [
            calibrations.read(folder / f"{name}-{precision}.json")
            for name in _EVIDENCE_FROM
            for precision in ("float32", "int8")
        ]
        for precision in ("float32", "int8"):
            made = facenet(precision, others)
            calibrations.save(made, folder / f"{_NAME}-{precision}.json")
    except FacelatchError as error:
        print(f"published: {error}", file=sys.stderr)  # noqa: T201
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
