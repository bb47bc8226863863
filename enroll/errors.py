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
    """The person has no look of that name."""

    def __init__(self, appearance: str) -> None:
        super().__init__(f"there is no look {appearance!r}", "see: facelatch list")


class AppearanceExistsError(StoreError):
    """The person has a look of that name already."""

    def __init__(self, appearance: str) -> None:
        super().__init__(
            f"there is a look {appearance!r} already", "choose another name, or replace it"
        )
