"""Catalogues of translations: `.po` as people write it, `.mo` as gettext reads it. Pure.

Compiled when they are read: a few hundred lines take milliseconds, and neither a build step nor
gettext's programs are needed.
"""

import ast
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

_MAGIC = 0x950412DE
_HEAD = struct.Struct("<7I")


@dataclass(slots=True)
class Entry:
    """One message: what is in the code, and what it is in another language."""

    one: str = ""
    many: str = ""
    """The plural; empty where the message counts nothing."""
    translations: dict[int, str] = field(default_factory=dict)
    fuzzy: bool = False

    @property
    def key(self) -> str:
        """As gettext looks it up."""
        return f"{self.one}\0{self.many}" if self.many else self.one

    @property
    def value(self) -> str:
        """Every form, in order."""
        return "\0".join(self.translations[form] for form in sorted(self.translations))


def parse(text: str) -> list[Entry]:
    """The messages of a `.po`, its head first. Raises ValueError for what is none."""
    return [entry for block in _blocks(text) if (entry := _entry(block)).translations]


def compiled(entries: list[Entry]) -> bytes:
    """A `.mo` of the messages that are translated."""
    pairs = sorted(
        (entry.key.encode(), entry.value.encode())
        for entry in entries
        if all(entry.translations.values()) and not entry.fuzzy
    )
    keys = b"".join(key + b"\0" for key, _ in pairs)
    values = b"".join(value + b"\0" for _, value in pairs)
    tables = _HEAD.size + 16 * len(pairs)
    head = _HEAD.pack(_MAGIC, 0, len(pairs), _HEAD.size, _HEAD.size + 8 * len(pairs), 0, tables)
    return b"".join(
        (
            head,
            _table([key for key, _ in pairs], tables),
            _table([value for _, value in pairs], tables + len(keys)),
            keys,
            values,
        )
    )


def translated(entries: list[Entry]) -> Mapping[str, Entry]:
    """Messages by what is in the code, without the head."""
    return {entry.one: entry for entry in entries if entry.one}


def _blocks(text: str) -> Iterator[list[str]]:
    block: list[str] = []
    for line in [*text.splitlines(), ""]:
        if line.strip():
            block.append(line.strip())
        elif block:
            yield block
            block = []


def _entry(lines: list[str]) -> Entry:
    entry, current = Entry(), ""
    parts = {current: ""}
    for line in lines:
        if line.startswith("#"):
            entry.fuzzy |= line.startswith("#,") and "fuzzy" in line
            continue
        if line.startswith('"'):
            parts[current] += _unquoted(line)
        else:
            current, _, text = line.partition(" ")
            parts[current] = _unquoted(text)
    if parts.pop(""):
        raise ValueError("a catalogue begins with a keyword")
    entry.one, entry.many = parts.pop("msgid", ""), parts.pop("msgid_plural", "")
    for name, value in parts.items():
        entry.translations[_form(name)] = value
    return entry


def _form(name: str) -> int:
    if name == "msgstr":
        return 0
    if name.startswith("msgstr[") and name.endswith("]"):
        return int(name[7:-1])
    raise ValueError(f"a catalogue has no {name}")


def _unquoted(text: str) -> str:
    try:
        value = ast.literal_eval(text.strip())
    except (SyntaxError, ValueError):
        value = None
    if not isinstance(value, str):
        raise ValueError(f"{text!r} is no text in quotes")
    return value


def _table(texts: list[bytes], offset: int) -> bytes:
    entries = []
    for text in texts:
        entries.append(struct.pack("<2I", len(text), offset))
        offset += len(text) + 1
    return b"".join(entries)
