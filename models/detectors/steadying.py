"""Landmarks measured again before a face is embedded, so that they scatter less."""

from typing import Protocol, runtime_checkable

from models.types import Detection, Detector, Image


@runtime_checkable
class Steadies(Protocol):
    """What a detector offers that can measure a face's landmarks more exactly."""

    def steady(self, image: Image, face: Detection) -> Detection:
        """`face`, found in `image`, with better landmarks; unchanged where there are none."""
        ...


def steadied(detector: Detector, image: Image, face: Detection) -> Detection:
    """`face` with landmarks as exact as `detector` can make them."""
    return detector.steady(image, face) if isinstance(detector, Steadies) else face
