"""Facts about the embedders that other code relies on."""

import numpy as np
import pytest

from models import alignment
from models.assets.catalogue import AUTO_EMBEDDERS, MODELS
from models.convert import selfcheck
from models.embedders.spec import EMBEDDERS, EmbedderSpec
from models.evaluation.landmarks import facenet_box, in_box
from models.geometry import similarity_transform
from models.types import Box, Landmarks

SPECS = list(EMBEDDERS.values())


def test_every_embedder_of_the_catalogue_has_its_facts() -> None:
    embedders = {name for name, model in MODELS.items() if model.kind == "embedder"}
    assert embedders == set(EMBEDDERS) == set(AUTO_EMBEDDERS)
    assert all(name == spec.name for name, spec in EMBEDDERS.items())


@pytest.mark.parametrize("spec", SPECS, ids=EMBEDDERS)
def test_reference_points_are_a_face_in_the_chip(spec: EmbedderSpec) -> None:
    left, right, nose, mouth_left, mouth_right = spec.reference
    assert (spec.reference > 0.2 * spec.size).all()
    assert (spec.reference < 0.86 * spec.size).all()
    assert left[0] < nose[0] < right[0]
    assert max(left[1], right[1]) < nose[1] < min(mouth_left[1], mouth_right[1])
    # Level, and as good as in the middle.
    assert abs(left[1] - right[1]) < 0.01 * spec.size
    assert abs((left[0] + right[0]) / 2 - spec.size / 2) < 0.02 * spec.size
    assert not spec.reference.flags.writeable


@pytest.mark.parametrize("spec", SPECS, ids=EMBEDDERS)
def test_landmarks_of_a_typical_face_come_to_lie_on_the_reference(spec: EmbedderSpec) -> None:
    """A shape that is not the model's own cannot fit better than a face's proportions allow."""
    for view in selfcheck.views(4):
        reference = spec.reference / np.array([spec.stretch, 1.0])
        matrix = similarity_transform(view.landmarks, reference)
        moved = view.landmarks @ matrix[:, :2].T + matrix[:, 2]
        assert np.abs(moved - reference).max() < 0.08 * spec.size


def test_facenet_sees_what_its_own_tool_would_cut() -> None:
    """Of an upright face as large as LFW's, for which FaceNet's margin was chosen."""
    spec = EMBEDDERS["facenet"]
    image = np.zeros((250, 250, 3), np.uint8)
    box = Box(79, 65, 170, 188)
    landmarks = alignment.landmarks_from_box(box)
    for point, colour in zip(landmarks, (60, 100, 140, 180, 220), strict=True):
        x, y = np.rint(point).astype(int)
        image[y - 3 : y + 4, x - 3 : x + 4] = colour
    chip = alignment.align(image, landmarks, spec.reference, spec.size, stretch=spec.stretch)
    expected: Landmarks = (160 * in_box(landmarks, facenet_box(box))).astype(np.float32)
    for (x, y), colour in zip(np.rint(expected).astype(int), (60, 100, 140, 180, 220), strict=True):
        assert abs(int(chip[y, x, 0]) - colour) <= 2
