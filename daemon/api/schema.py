"""What an interface consists of: methods, signals, properties, and keys of their dictionaries."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, TypeAlias

from daemon.api.names import Error

Emits = Literal["true", "invalidates", "const", "false"]
"""Whether PropertiesChanged tells: values of org.freedesktop.DBus.Property.EmitsChangedSignal."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a dictionary a{sv}: the signature of its value and its meaning.

    `keys` are those of each dictionary in it, where it is a list of them.
    """

    signature: str
    doc: str
    keys: "Mapping[str, Key] | None" = None


Keys: TypeAlias = Mapping[str, Key]


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument: its name, D-Bus signature and meaning.

    `keys` are those of a dictionary or of each in a list of them; `words` those of a string.
    """

    name: str
    signature: str
    doc: str = ""
    keys: Keys | None = None
    words: tuple[type[StrEnum], ...] = ()


@dataclass(frozen=True, slots=True)
class Method:
    """One method of the contract: what it takes, gives and may raise."""

    name: str
    doc: str
    inputs: tuple[Argument, ...] = ()
    outputs: tuple[Argument, ...] = ()
    errors: tuple[Error, ...] = ()
    """Those that belong to its work; INVALID_ARGUMENTS, STOPPING and INTERNAL come everywhere."""

    @property
    def input_signature(self) -> str:
        """All inputs in one signature."""
        return "".join(argument.signature for argument in self.inputs)

    @property
    def output_signature(self) -> str:
        """All outputs in one signature."""
        return "".join(argument.signature for argument in self.outputs)


@dataclass(frozen=True, slots=True)
class Signal:
    """One signal; every one of ours is sent to one client only, never broadcast."""

    name: str
    doc: str
    arguments: tuple[Argument, ...]

    @property
    def signature(self) -> str:
        """All arguments in one signature."""
        return "".join(argument.signature for argument in self.arguments)


@dataclass(frozen=True, slots=True)
class Property:
    """One property, readable by everybody on the bus and written by nobody."""

    name: str
    signature: str
    doc: str
    emits: Emits = "true"
    words: tuple[type[StrEnum], ...] = ()


@dataclass(frozen=True, slots=True)
class Interface:
    """One interface. Names are unique within it."""

    name: str
    doc: str
    methods: tuple[Method, ...]
    signals: tuple[Signal, ...]
    properties: tuple[Property, ...]

    def method(self, name: str) -> Method:
        """Raises KeyError where there is none of that name."""
        return {method.name: method for method in self.methods}[name]

    def signal(self, name: str) -> Signal:
        """Raises KeyError where there is none of that name."""
        return {signal.name: signal for signal in self.signals}[name]

    def property(self, name: str) -> Property:
        """Raises KeyError where there is none of that name."""
        return {one.name: one for one in self.properties}[name]
