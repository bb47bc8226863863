"""What each embedder expects of its chip, and the threshold of its distance."""

from dataclasses import dataclass

import numpy as np

from models.alignment import ReferencePoints
from models.types import Metric


@dataclass(frozen=True, slots=True, eq=False)
class EmbedderSpec:
    """Facts about one embedder. `name` is also its name in the catalogue."""

    name: str
    size: int
    """Side of the square chip in pixels."""
    reference: ReferencePoints
    """Where the five landmarks lie in the chip, (5, 2) pixels."""
    dimension: int
    metric: Metric
    normalised: bool
    """True where the embedding is scaled to length 1."""
    threshold: float
    """Largest distance that counts as the same person; the source is beside each value."""
    stretch: float = 1.0
    """How much wider than it is the chip shows a face; what the model was trained on."""


def _points(*rows: tuple[float, float]) -> ReferencePoints:
    points = np.array(rows, dtype=np.float32)
    points.setflags(write=False)
    return points


EMBEDDERS: dict[str, EmbedderSpec] = {
    spec.name: spec
    for spec in (
        EmbedderSpec(
            name="facenet",
            size=160,
            # Medians of our MTCNN's points where FaceNet's own tool would cut the shared half of
            # LFW; printed by `python -m models.evaluation.landmarks ../shared/data/lfw`.
            reference=_points(
                (53.26, 65.78),
                (108.20, 64.86),
                (81.29, 90.58),
                (57.34, 112.39),
                (106.91, 111.69),
            ),
            stretch=1.258,
            dimension=512,
            metric="cosine",
            normalised=True,
            threshold=0.4,  # published for VGGFace2 weights and cosine distance, see decisions.md
        ),
        EmbedderSpec(
            name="mobilefacenet",
            size=112,
            # The 112x112 template of the ArcFace line of work, which these weights were trained on.
            reference=_points(
                (38.2946, 51.6963),
                (73.5318, 51.5014),
                (56.0252, 71.7366),
                (41.5493, 92.3655),
                (70.7299, 92.2041),
            ),
            dimension=128,
            metric="cosine",
            normalised=True,
            threshold=0.6,
        ),
        EmbedderSpec(
            name="resnet",
            size=150,
            # Medians of MTCNN's points in dlib's own chip over 318 pictures (see the design).
            reference=_points(
                (47.55, 45.47),
                (100.93, 45.61),
                (74.41, 77.52),
                (50.57, 103.39),
                (97.25, 103.72),
            ),
            dimension=128,
            metric="euclidean",
            normalised=False,
            threshold=0.6,  # dlib's own
        ),
    )
}
