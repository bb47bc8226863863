"""Settings of a section: each with its rule, default and meaning, checked when one is made."""

from dataclasses import field, fields
from typing import Any

from daemon.config.validators import Rule, RuleError
from models.errors import UsageError


def setting(default: Any, rule: Rule, doc: str) -> Any:
    """A field of a section."""
    # A factory, because a mapping cannot be a default as it is.
    return field(default_factory=lambda: default, metadata={"rule": rule, "doc": doc})


class Section:
    """Checks each setting by its rule when a section is made."""

    __slots__ = ()

    def __post_init__(self) -> None:
        for name, rule in rules(type(self)).items():
            try:
                object.__setattr__(self, name, rule.read(getattr(self, name)))
            except RuleError as error:
                raise UsageError(f"{name} {error}") from None
        self._check_together()

    def _check_together(self) -> None:
        """Raises UsageError where settings do not go together."""


def rules(section: type[Any]) -> dict[str, Rule]:
    """The settings of a section and the rule of each."""
    return {one.name: one.metadata["rule"] for one in fields(section)}


def docs(section: type[Any]) -> dict[str, str]:
    """The settings of a section and the meaning of each."""
    return {one.name: one.metadata["doc"] for one in fields(section)}
