"""What each embedder expects of its chip, and the threshold of its distance."""

from dataclasses import dataclass

import numpy as np

from models.types import Metric, ReferencePoints


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
    mirror_reference: ReferencePoints | None = None
    """Where the landmarks lie in a second chip before it is mirrored; None for one chip only. The
    embedding is then the mean direction of both chips'."""
    commonness: float = 0.0
    """By how much a face's distances grow with its likeness to strangers at large, see
    `models.scoring.cohort`; 0 where that does not tell people apart better."""
    kinds: tuple[float, float, int, float] = (0.0, 0.0, 4, 0.0)
    """What likeness to the nearest kinds of strangers costs a template and a face, how many kinds
    count, and how much of what a kind's own strangers come nearer by it costs: see
    `models.scoring.neighbours`; chosen on the shared half of LFW, both ways of
    halving it (docs/decisions/models.md)."""
    shared: float = 0.0
    """Where on the way from everybody's mean to a small group's a face counts as wholly of the
    group, which costs its distance to others who do: see `models.scoring.axes`; chosen with people
    whose groups' directions others showed (docs/measurements.md)."""
    projected: bool = False
    """True where what it says of whole groups is taken out of faces before they are compared, see
    `models.scoring.projection`: where that was measured to help (docs/measurements.md)."""
    parts: tuple[tuple[str, float], ...] = ()
    """Of an embedder that asks several networks: the name of each in the catalogue's entry, and how
    much it counts, see `models.embedders.joined`; empty for one network."""
    whitened: bool = False
    """True where what all faces have in common to the network is taken off its embeddings, see
    `models.embedders.whitening`; only of normalised ones (docs/measurements.md)."""
    upright: bool = False
    """True where the chip is not turned: trained so, see `models.training.crops`."""
    revision: int = 1
    """Raise it when embeddings come out differently: older templates then ask for enrolment."""


def _points(*rows: tuple[float, float]) -> ReferencePoints:
    points = np.array(rows, dtype=np.float32)
    points.setflags(write=False)
    return points


def _placed(
    points: ReferencePoints, size: int, *, scale: float = 1.0, up: float = 0.0
) -> ReferencePoints:
    """`points` in a chip of `size` with the face `scale` times as large and `up` pixels higher."""
    middle = np.float32(size / 2)
    moved = (points - middle) * np.float32(scale) + middle - np.array([0, up], dtype=np.float32)
    moved.setflags(write=False)
    return moved


# The 112x112 template of the ArcFace line of work, which MobileFaceNet's weights were trained on.
_ARCFACE = _points(
    (38.2946, 51.6963),
    (73.5318, 51.5014),
    (56.0252, 71.7366),
    (41.5493, 92.3655),
    (70.7299, 92.2041),
)

# MTCNN places landmarks a little otherwise than the detectors of the trainings did: enlarged, and
# seen twice, mobilefacenet and sface miss fewer owners (docs/measurements.md).
_LARGER = _placed(_ARCFACE, 112, scale=1.04)
_LARGER_MIRRORED = _placed(_ARCFACE, 112, scale=1.04, up=2.0)
_LARGEST = _placed(_ARCFACE, 112, scale=1.08)
_LARGEST_MIRRORED = _placed(_ARCFACE, 112, scale=1.08, up=2.0)

# Medians of MTCNN's points in dlib's own chip over 318 pictures (docs/measurements.md).
_DLIB = _points(
    (47.55, 45.47),
    (100.93, 45.61),
    (74.41, 77.52),
    (50.57, 103.39),
    (97.25, 103.72),
)

# Medians of our MTCNN's points where FaceNet's own tool would cut the shared half of LFW; printed
# by `python -m models.evaluation.landmarks ../shared/data/lfw`.
_FACENET = _points(
    (53.26, 65.78),
    (108.20, 64.86),
    (81.29, 90.58),
    (57.34, 112.39),
    (106.91, 111.69),
)

_TRAINED_SCALE = 1.1  # of the face in ArcFace's chip: small networks are to see little else


def trained_reference(size: int) -> ReferencePoints:
    """Where the five landmarks lie in a chip of a network trained here, (5, 2) pixels."""
    points = _placed(_ARCFACE, 112, scale=_TRAINED_SCALE) * np.float32(size / 112)
    points.setflags(write=False)
    return points


EMBEDDERS: dict[str, EmbedderSpec] = {
    spec.name: spec
    for spec in (
        EmbedderSpec(
            name="facenet",
            size=160,
            reference=_FACENET,
            mirror_reference=_FACENET,
            stretch=1.258,
            dimension=512,
            metric="cosine",
            normalised=True,
            shared=0.5,
            whitened=True,
            revision=2,
            threshold=0.47,  # FAR 1e-4 against a mean template (docs/measurements.md)
        ),
        EmbedderSpec(
            name="facenet-vggface2",
            size=160,
            reference=_FACENET,
            stretch=1.258,
            dimension=512,
            metric="cosine",
            normalised=True,
            threshold=0.4,  # published for VGGFace2 weights and cosine distance
        ),
        EmbedderSpec(
            name="mbf",
            size=112,
            reference=_ARCFACE,
            mirror_reference=_ARCFACE,
            dimension=512,
            metric="cosine",
            normalised=True,
            shared=0.5,
            projected=True,
            threshold=0.6,
        ),
        EmbedderSpec(
            name="sface",
            size=112,
            reference=_LARGEST,
            mirror_reference=_LARGEST_MIRRORED,
            revision=2,
            dimension=128,
            metric="cosine",
            normalised=True,
            shared=0.5,
            threshold=0.637,  # published: a cosine of 0.363 (FaceRecognizerSF of OpenCV)
        ),
        EmbedderSpec(
            name="sface-mobilefacenet",
            size=112,
            reference=_LARGEST,
            mirror_reference=_LARGEST_MIRRORED,
            parts=(("sface", 0.7), ("mobilefacenet", 0.3)),  # better on both halves of the people
            dimension=256,
            metric="cosine",
            normalised=True,
            shared=0.5,
            threshold=0.6,
        ),
        EmbedderSpec(
            name="mobilefacenet-192",
            size=112,
            reference=_ARCFACE,
            mirror_reference=_ARCFACE,
            dimension=192,
            metric="cosine",
            normalised=True,
            shared=0.5,
            threshold=0.6,
        ),
        EmbedderSpec(
            name="mobilefacenet",
            size=112,
            reference=_LARGER,
            mirror_reference=_LARGER_MIRRORED,
            # Chosen on one half of the people, better on the other (models.evaluation.tuning).
            commonness=1.5,
            revision=2,
            dimension=128,
            metric="euclidean",
            normalised=True,
            threshold=1.0,  # FAR 1e-4 against a mean template, see models/calibrations
        ),
        EmbedderSpec(
            name="resnet",
            size=150,
            reference=_DLIB,
            mirror_reference=_DLIB,
            revision=2,
            dimension=128,
            # dlib compares raw embeddings at 0.6; their directions tell people apart better, and
            # with the mirrored chip FRR at FAR 1e-4 is halved (docs/measurements.md).
            metric="euclidean",
            normalised=True,
            shared=2.0,
            threshold=0.34,  # FAR 1e-4 against a mean template, see models/calibrations
        ),
    )
}


def commonness_weight(name: str) -> float:
    """`EmbedderSpec.commonness` of the embedder `name`; 0 for one that is not known here."""
    spec = EMBEDDERS.get(name)
    return 0.0 if spec is None else spec.commonness
