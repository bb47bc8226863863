"""A page whose models are patterns: nothing to load, nobody real."""

from collections.abc import Sequence

import cv2

from daemon.clients.web.engine import Choices, Engine
from models.training import references
from models.training.references import Reference
from models.types import Detector, Embedder, Image
from tests.models.training import toys
from tests.models.training.test_references import Patterns

CHOICES = Choices(("patterns", "other"), ("toy",), "two patterns")


def people(detector: Detector, embedder: Embedder) -> Sequence[Reference]:
    found = []
    for name, person in (("Ada", 0), ("<b>Bob</b>", 1)):
        face = references.embed_face(toys.picture(person, 0), detector, embedder)
        assert face is not None
        found.append(Reference(name, (face.embedding,)))
    return found


def engine() -> Engine:
    return Engine(CHOICES, lambda _name: Patterns(), lambda _name: toys.OneFace(), people)


def png(image: Image) -> bytes:
    return cv2.imencode(".png", image)[1].tobytes()
