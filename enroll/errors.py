"""Errors of enrolment and of the template store."""

from models.errors import FacelatchError


class EnrollError(FacelatchError):
    """An enrolment that cannot be completed; the message says what to change."""


class StoreError(FacelatchError):
    """The template store cannot be read or written."""


class NotEnrolledError(StoreError):
    """Nobody of that name is enrolled."""


class OtherModelError(StoreError):
    """The templates belong to another model than the one that runs."""


class NoSuchAppearanceError(StoreError):
    """The person has no appearance of that name."""

    def __init__(self, appearance: str) -> None:
        super().__init__(f"there is no appearance {appearance!r}", "see: facelatch list")


class AppearanceExistsError(StoreError):
    """The person has an appearance of that name already."""

    def __init__(self, appearance: str) -> None:
        super().__init__(
            f"there is an appearance {appearance!r} already", "choose another name, or replace it"
        )
