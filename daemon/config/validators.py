"""What a value in the configuration may be: read from TOML's types, checked, written back. Pure."""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Protocol

from daemon.config.unlock_methods import UnlockMethod

MOST_ENTRIES = 256
_MOST_METHODS = 8
_SHOWN = 40


class RuleError(ValueError):
    """A value is not what its rule asks for; the message is "must be ..., is ..."."""


class Rule(Protocol):
    """What a value must be: says it in words, checks it, and writes it as TOML."""

    @property
    def expects(self) -> str:
        """What it asks for, such as "a number from 1 to 10"."""
        ...

    def read(self, value: object) -> Any:
        """The checked value, raises RuleError. A value that was read may be read again."""
        ...

    def write(self, value: Any) -> str:
        """The value as TOML."""
        ...


@dataclass(frozen=True, slots=True)
class Flag:
    """true or false."""

    @property
    def expects(self) -> str:
        """TOML's two truth values."""
        return "true or false"

    def read(self, value: object) -> bool:
        """A truth value; the numbers 0 and 1 are none."""
        if not isinstance(value, bool):
            raise _wrong(self, value)
        return value

    def write(self, value: bool) -> str:
        """In lower case, as TOML has it."""
        return "true" if value else "false"


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number from `least` to `most`."""

    least: int
    most: int

    @property
    def expects(self) -> str:
        """The bounds, both allowed."""
        return f"a whole number from {self.least} to {self.most}"

    def read(self, value: object) -> int:
        """A whole number within the bounds; a truth value is none."""
        # In Python, not in TOML, true and false are numbers.
        if isinstance(value, bool) or not isinstance(value, int):
            raise _wrong(self, value)
        if not self.least <= value <= self.most:
            raise _wrong(self, value)
        return value

    def write(self, value: int) -> str:
        """In decimal digits."""
        return str(value)


@dataclass(frozen=True, slots=True)
class Number:
    """A number from `least` to `most`; with `zero` also 0, which then means `zero`."""

    least: float
    most: float
    zero: str = ""

    @property
    def expects(self) -> str:
        """The bounds, both allowed, and what 0 means where it may stand."""
        also = f", or 0: {self.zero}" if self.zero else ""
        return f"a number from {self.least:g} to {self.most:g}{also}"

    def read(self, value: object) -> float:
        """A finite number within the bounds, also a whole one."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise _wrong(self, value)
        # Compared before it is converted: whole numbers of TOML have no bound, floats may be NaN.
        if not (self.least <= value <= self.most or (self.zero and value == 0)):
            raise _wrong(self, value)
        return float(value)

    def write(self, value: float) -> str:
        """The shortest decimals that read as the same number."""
        return repr(value)


@dataclass(frozen=True, slots=True)
class Choice:
    """One of some words."""

    words: tuple[str, ...]

    @property
    def expects(self) -> str:
        """The words, with commas."""
        return f"one of {', '.join(self.words)}"

    def read(self, value: object) -> str:
        """One of the words, in exactly this spelling."""
        if not isinstance(value, str) or value not in self.words:
            raise _wrong(self, value)
        return value

    def write(self, value: str) -> str:
        """The word in quotes."""
        return quoted(value)


@dataclass(frozen=True, slots=True)
class ChoiceOrPattern:
    """One of some words, or a text of one pattern; `example` is such a text."""

    choice: Choice
    pattern: re.Pattern[str]
    example: str

    @property
    def expects(self) -> str:
        """The words and the example."""
        return f"{self.choice.expects}, or such as {self.example}"

    def read(self, value: object) -> str:
        """A word in exactly this spelling, or a text that the whole pattern matches."""
        if isinstance(value, str) and self.pattern.fullmatch(value):
            return value
        try:
            return self.choice.read(value)
        except RuleError:
            raise _wrong(self, value) from None

    def write(self, value: str) -> str:
        """The text in quotes."""
        return quoted(value)


@dataclass(frozen=True, slots=True)
class ChoiceOrNumber:
    """One of some words, or a number."""

    choice: Choice
    number: Number

    @property
    def expects(self) -> str:
        """The words and the bounds."""
        return f"{self.choice.expects}, or {self.number.expects}"

    def read(self, value: object) -> str | float:
        """A text as a word, anything else as a number."""
        rule: Rule = self.choice if isinstance(value, str) else self.number
        try:
            checked: str | float = rule.read(value)
        except RuleError:
            raise _wrong(self, value) from None
        return checked

    def write(self, value: str | float) -> str:
        """A word in quotes, a number as it is."""
        return quoted(value) if isinstance(value, str) else self.number.write(value)


@dataclass(frozen=True, slots=True)
class Text:
    """Printable text of 1 to `longest` characters that `pattern` matches as a whole."""

    what: str
    longest: int
    pattern: re.Pattern[str] = field(default=re.compile(r".*", re.DOTALL))

    @property
    def expects(self) -> str:
        """What the text is, and its length."""
        return f"{self.what}, at most {self.longest} printable characters"

    def read(self, value: object) -> str:
        """Text that is printable, not blank, in bounds, and matches the pattern."""
        if not isinstance(value, str) or not 1 <= len(value) <= self.longest:
            raise _wrong(self, value)
        if not value.isprintable() or value.isspace() or not self.pattern.fullmatch(value):
            raise _wrong(self, value)
        return value

    def write(self, value: str) -> str:
        """The text in quotes."""
        return quoted(value)


@dataclass(frozen=True, slots=True)
class Texts:
    """A list of different texts, kept in their order."""

    each: Text

    @property
    def expects(self) -> str:
        """How many, and what each is."""
        return f"a list of at most {MOST_ENTRIES}, each {self.each.expects}"

    def read(self, value: object) -> tuple[str, ...]:
        """All checked texts; raises RuleError also where two are the same."""
        if not isinstance(value, list | tuple) or len(value) > MOST_ENTRIES:
            raise _wrong(self, value)
        texts = tuple(self.each.read(one) for one in value)
        if len(set(texts)) != len(texts):
            raise RuleError("must not name the same one twice")
        return texts

    def write(self, value: tuple[str, ...]) -> str:
        """A list in square brackets."""
        return _listed(value)


@dataclass(frozen=True, slots=True)
class MethodsByUser:
    """A table of unlock methods, user by user. `merged`: later files add to it."""

    user: Text

    @property
    def expects(self) -> str:
        """An example: the methods have too many forms for a line."""
        return 'a table such as {"*" = ["logind"], ada = ["signal swaylock"]}'

    def read(self, value: object) -> Mapping[str, tuple[UnlockMethod, ...]]:
        """Checked methods by user; `*` is everybody else."""
        if not isinstance(value, Mapping) or len(value) > MOST_ENTRIES:
            raise _wrong(self, value)
        return MappingProxyType({self._user(user): _methods(user, value[user]) for user in value})

    def write(self, value: Mapping[str, tuple[UnlockMethod, ...]]) -> str:
        """An inline table, so that it fits the line of its key."""
        entries = (
            f"{quoted(user)} = {_listed(tuple(map(str, methods)))}"
            for user, methods in value.items()
        )
        return "{ " + ", ".join(entries) + " }" if value else "{}"

    def _user(self, user: object) -> str:
        return "*" if user == "*" else self.user.read(user)


def _methods(user: str, value: object) -> tuple[UnlockMethod, ...]:
    if not isinstance(value, list | tuple) or len(value) > _MOST_METHODS:
        raise RuleError(
            f"must be, for {shown(user)}, a list of at most {_MOST_METHODS} methods,"
            f" is {kind(value)}"
        )
    try:
        return tuple(
            one if isinstance(one, UnlockMethod) else UnlockMethod.parse(one) for one in value
        )
    except ValueError as error:
        raise RuleError(f"{error} (for {shown(user)})") from None


def quoted(text: str) -> str:
    """Printable text as a basic string of TOML; of such text JSON's escapes are TOML's."""
    return json.dumps(text, ensure_ascii=False)


def _listed(texts: tuple[str, ...]) -> str:
    return f"[{', '.join(quoted(text) for text in texts)}]"


def shown(value: object) -> str:
    """A value as an error shows it: short, on one line; what is long or nested by its kind."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        # Whole numbers may be so long that Python refuses to print them.
        return str(value) if abs(value) < 10**15 else "a huge number"
    if isinstance(value, float):
        return f"{value:g}" if math.isfinite(value) else str(value)
    if isinstance(value, str):
        return repr(value if len(value) <= _SHOWN else value[:_SHOWN] + "...")
    return kind(value)


def kind(value: object) -> str:
    """What a value is, in TOML's words."""
    names: dict[type, str] = {
        bool: "true or false",
        int: "a whole number",
        float: "a number",
        str: "text",
        list: "a list",
        tuple: "a list",
        dict: "a table",
    }
    return names.get(type(value), "a date or time")


def _wrong(rule: Rule, value: object) -> RuleError:
    return RuleError(f"must be {rule.expects}, is {shown(value)}")
