"""Sections of a configuration as one line of JSON, for a process that reads no file. Pure."""

import json
from collections.abc import Collection
from dataclasses import fields

from daemon.config.errors import ConfigError, Problem
from daemon.config.reading import read_table
from daemon.config.sections import Config

_ORIGIN = "the settings handed over"


def to_line(config: Config, sections: Collection[str]) -> str:
    """The settings of some sections; `from_line` gives them again, with the others' defaults."""
    tables = {name: _values(getattr(config, name)) for name in sections}
    return json.dumps(tables, ensure_ascii=False, separators=(",", ":"))


def from_line(line: str) -> Config:
    """A configuration, checked as one from a file is. Raises ConfigError."""
    try:
        table = json.loads(line, parse_constant=_refused)
    except (ValueError, RecursionError) as error:
        raise ConfigError((Problem(_ORIGIN, f"are not JSON: {error}"),)) from None
    if not isinstance(table, dict):
        raise ConfigError((Problem(_ORIGIN, "must be a table"),))
    return read_table(table, _ORIGIN)


def _values(section: object) -> dict[str, object]:
    return {one.name: getattr(section, one.name) for one in fields(section)}  # type: ignore[arg-type]


def _refused(constant: str) -> object:
    raise ValueError(f"{constant} is no number")
