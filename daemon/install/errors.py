"""Errors of installing."""

from models.errors import FacelatchError


class InstallError(FacelatchError):
    """The service cannot be installed, or taken away, as things are."""
