"""From the texts of configuration files to a checked configuration. Pure; no files."""

import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from daemon.config.errors import ConfigError, Problem
from daemon.config.fields import rules
from daemon.config.sections import SECTIONS, Config, Unlock
from daemon.config.validators import RuleError, kind, shown
from models.errors import UsageError

LARGEST_FILE = 64 * 1024
_LONGEST_LINE = 2048
_MOST_PROBLEMS = 20
_NAME_SHOWN = 64
_METHODS = "unlock.methods"
# Settings of the session's agent, which has a file of its own.
_ELSEWHERE = frozenset({"greet", "greeting", "agent", "speech", "voice"})


@dataclass(frozen=True, slots=True)
class Text:
    """One file's content, and what to call it."""

    origin: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Loaded:
    """A configuration, and the file that each of its settings comes from.

    `origins` has "section.key" (and "unlock.methods.USER") of what files set; the rest is default.
    """

    config: Config
    origins: Mapping[str, str]
    files: tuple[str, ...]


def read(texts: Sequence[Text]) -> Loaded:
    """The configuration of some files, later ones going before earlier ones.

    Raises ConfigError, which names every problem with its file and key.
    """
    draft = _draft()
    for text in texts:
        draft.add(text)
    config = _checked(draft)
    origins = MappingProxyType(draft.origins)
    return Loaded(config, origins, tuple(text.origin for text in texts))


def read_table(table: Mapping[str, object], origin: str) -> Config:
    """The configuration of one file's tables. Raises ConfigError, as `read` does."""
    draft = _draft()
    draft.add_table(table, origin)
    return _checked(draft)


def read_unlock(texts: Sequence[Text]) -> Unlock:
    """The section `unlock` of some files, whatever the others hold. Raises ConfigError."""
    draft = _draft()
    for text in texts:
        table = parse(text)
        draft.add_table({name: table[name] for name in table if name == "unlock"}, text.origin)
    return _checked(draft).unlock


def _draft() -> "Draft":
    draft = Draft(SECTIONS)
    # Methods are added to user by user, so that a drop-in for one leaves the others.
    draft.values["unlock"]["methods"] = dict(Unlock().methods)
    return draft


def _checked(draft: "Draft") -> Config:
    draft.check()
    return _together(draft.values, draft.origins)


def parse(text: Text) -> dict[str, Any]:
    """The tables of one file, unchecked; raises ConfigError for what is no TOML."""
    if len(text.content) > LARGEST_FILE:
        raise _broken(text, f"is larger than {LARGEST_FILE // 1024} KiB")
    # The parser takes quadratic time for a key with thousands of dots.
    if max(map(len, text.content.splitlines()), default=0) > _LONGEST_LINE:
        raise _broken(text, f"has a line of more than {_LONGEST_LINE} bytes")
    try:
        # Some editors begin a file with a byte order mark.
        return tomllib.loads(text.content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise _broken(text, "is not text in UTF-8") from None
    except RecursionError:
        raise _broken(text, "is nested too deeply") from None
    except ValueError as error:  # TOMLDecodeError, and numbers of thousands of digits
        raise _broken(text, f"is not TOML: {error}") from None


def _broken(text: Text, message: str) -> ConfigError:
    return ConfigError((Problem(text.origin, message),))


class Draft:
    """Values of several files, laid over each other, and what was wrong with them."""

    def __init__(self, sections: Mapping[str, type[Any]]) -> None:
        self.sections = sections
        self.values: dict[str, dict[str, Any]] = {name: {} for name in sections}
        self.origins: dict[str, str] = {}
        self.problems: list[Problem] = []

    def check(self) -> None:
        """Raises ConfigError where something was wrong."""
        if self.problems:
            raise ConfigError(tuple(self.problems[:_MOST_PROBLEMS]))

    def add(self, text: Text) -> None:
        """Lays the settings of one file over what is there."""
        try:
            table = parse(text)
        except ConfigError as error:
            self.problems.extend(error.problems)
            return
        self.add_table(table, text.origin)

    def add_table(self, table: Mapping[str, object], origin: str) -> None:
        """Lays the sections of one table over what is there."""
        for section, content in table.items():
            if section not in self.sections:
                problem = _unknown_section(section, content, origin, self.sections)
                self.problems.append(problem)
            elif not isinstance(content, dict):
                where = f"{origin}: {section}"
                self.problems.append(Problem(where, f"must be a table, is {kind(content)}"))
            else:
                self._add_section(section, content, origin)

    def _add_section(self, section: str, content: dict[str, Any], origin: str) -> None:
        known = rules(self.sections[section])
        for key, value in content.items():
            if key not in known:
                self.problems.append(_unknown_key(section, key, origin, self.sections))
                continue
            try:
                self._set(section, key, known[key].read(value), origin)
            except RuleError as error:
                self.problems.append(Problem(f"{origin}: {section}.{key}", str(error)))

    def _set(self, section: str, key: str, value: Any, origin: str) -> None:
        place = f"{section}.{key}"
        if place == _METHODS:
            self.values[section][key].update(value)
            self.origins.update({f"{place}.{user}": origin for user in value})
        else:
            self.values[section][key] = value
            self.origins[place] = origin


def _together(values: dict[str, dict[str, Any]], origins: Mapping[str, str]) -> Config:
    problems: list[Problem] = []
    sections: dict[str, Any] = {}
    for name, section in SECTIONS.items():
        try:
            sections[name] = section(**values[name])
        except UsageError as error:
            problems.append(Problem(f"{_files(origins, name)}: [{name}]", str(error)))
    if not problems:
        try:
            return Config(**sections)
        except UsageError as error:
            problems.append(Problem(_files(origins), str(error)))
    raise ConfigError(tuple(problems))


def _files(origins: Mapping[str, str], section: str = "") -> str:
    """The files that set something in a section, or at all: one of them is to be changed."""
    found = dict.fromkeys(
        file
        for place, file in origins.items()
        if place.startswith(f"{section}." if section else "")
    )
    return ", ".join(found)


_Sections = Mapping[str, type[Any]]


def _unknown_section(section: str, content: object, origin: str, known: _Sections) -> Problem:
    where = f"{origin}: {_name(section)}"
    if known is SECTIONS and section in _ELSEWHERE:
        return Problem(where, "is a setting of the agent", "see ~/.config/facelatch/agent.toml")
    homes = [name for name in known if section in rules(known[name])]
    if homes and not isinstance(content, dict):
        return Problem(where, "stands outside its section", f"put it below [{homes[0]}]")
    hint = _nearest(section, known) or f"sections: {', '.join(known)}"
    return Problem(where, "is no section", hint)


def _unknown_key(section: str, key: str, origin: str, sections: _Sections) -> Problem:
    known = rules(sections[section])
    where = f"{origin}: {section}.{_name(key)}"
    homes = [name for name in sections if key in rules(sections[name])]
    if homes:
        return Problem(where, "is no setting", f"{key} belongs to [{homes[0]}]")
    hint = _nearest(key, known) or f"[{section}] has: {', '.join(known)}"
    return Problem(where, "is no setting", hint)


def _nearest(name: str, known: Collection[str]) -> str:
    import difflib

    # Comparing is quadratic, and nothing longer than this can be near a name.
    found = difflib.get_close_matches(name[:_NAME_SHOWN].lower(), known, n=1)
    return f"did you mean {found[0]}?" if found else ""


def _name(name: str) -> str:
    bare = name.isascii() and name.replace("-", "_").isidentifier()
    return name[:_NAME_SHOWN] if bare else shown(name[:_NAME_SHOWN])
