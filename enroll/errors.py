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
