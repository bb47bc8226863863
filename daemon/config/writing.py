"""A configuration as text: the effective one with where each value comes from. Pure."""

from collections.abc import Mapping

from daemon.config.fields import docs, rules
from daemon.config.reading import Loaded
from daemon.config.sections import SECTIONS, Unlock
from daemon.config.validators import quoted
from models.text import printable

_DEFAULT = "default"
_METHODS = "methods"


def to_toml(loaded: Loaded) -> str:
    """TOML of every setting, each with its origin as a comment; reading it gives the same."""
    sections = ("\n".join((f"[{name}]", *_section_lines(name, loaded))) for name in SECTIONS)
    return "\n\n".join(sections) + "\n"


def to_json(loaded: Loaded) -> dict[str, dict[str, dict[str, object]]]:
    """Section, key, then `value`, `origin` ("default" or a file) and `meaning`."""
    return {name: _section_json(name, loaded) for name in SECTIONS}


def _section_lines(name: str, loaded: Loaded) -> list[str]:
    section = getattr(loaded.config, name)
    lines = [
        f"{key} = {rule.write(getattr(section, key))}  # {_origin(loaded, f'{name}.{key}')}"
        for key, rule in rules(SECTIONS[name]).items()
        if key != _METHODS
    ]
    if isinstance(section, Unlock):
        lines += ["", f"[{name}.{_METHODS}]", *_method_lines(section, loaded)]
    return lines


def _method_lines(unlock: Unlock, loaded: Loaded) -> list[str]:
    return [
        f"{quoted(user)} = [{', '.join(quoted(str(one)) for one in methods)}]"
        f"  # {_origin(loaded, f'unlock.methods.{user}')}"
        for user, methods in unlock.methods.items()
    ]


def _section_json(name: str, loaded: Loaded) -> dict[str, dict[str, object]]:
    section = getattr(loaded.config, name)
    meanings = docs(SECTIONS[name])
    return {
        key: {
            "value": _plain(getattr(section, key)),
            "origin": _json_origin(loaded, f"{name}.{key}"),
            "meaning": meanings[key],
        }
        for key in meanings
    }


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {user: [str(one) for one in methods] for user, methods in value.items()}
    return list(value) if isinstance(value, tuple) else value


def _json_origin(loaded: Loaded, place: str) -> object:
    if place != f"unlock.{_METHODS}":
        return _origin(loaded, place)
    return {user: _origin(loaded, f"{place}.{user}") for user in loaded.config.unlock.methods}


def _origin(loaded: Loaded, place: str) -> str:
    return printable(loaded.origins.get(place, _DEFAULT))
