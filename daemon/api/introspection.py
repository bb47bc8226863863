"""The interface as D-Bus introspection data, with its documentation."""

from collections.abc import Iterable, Iterator
from enum import StrEnum

from daemon.api.interface import INTERFACE
from daemon.api.schema import Argument, Interface, Keys, Method, Property, Signal

_DOCTYPE = (
    '<!DOCTYPE node PUBLIC "-//freedesktop//DTD D-BUS Object Introspection 1.0//EN"\n'
    ' "http://www.freedesktop.org/standards/dbus/1.0/introspect.dtd">'
)
_REFERENCES = (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"))
_EMITS = "org.freedesktop.DBus.Property.EmitsChangedSignal"
# The annotation that gdbus-codegen and the viewers built on it show as documentation.
_DOC = "org.gtk.GDBus.DocString"


def introspection_xml(interface: Interface = INTERFACE) -> str:
    """The document, in lines, ending with a newline."""
    lines = [
        _DOCTYPE,
        "<!-- Made by: python -m daemon.api -->",
        "<node>",
        *_indented(_interface(interface)),
        "</node>",
    ]
    return "\n".join(lines) + "\n"


def _interface(interface: Interface) -> Iterator[str]:
    yield f"<interface name={_quoted(interface.name)}>"
    yield from _indented(_doc(interface.doc))
    for method in interface.methods:
        yield from _indented(_method(method))
    for signal in interface.signals:
        yield from _indented(_signal(signal))
    for one in interface.properties:
        yield from _indented(_property(one))
    yield "</interface>"


def _method(method: Method) -> Iterator[str]:
    errors = ", ".join(sorted(method.errors))
    yield f"<method name={_quoted(method.name)}>"
    yield from _indented(_doc(method.doc + (f" Errors: {errors}." if errors else "")))
    for argument in method.inputs:
        yield from _indented(_argument(argument, ' direction="in"'))
    for argument in method.outputs:
        yield from _indented(_argument(argument, ' direction="out"'))
    yield "</method>"


def _signal(signal: Signal) -> Iterator[str]:
    yield f"<signal name={_quoted(signal.name)}>"
    yield from _indented(_doc(signal.doc))
    for argument in signal.arguments:
        yield from _indented(_argument(argument, ""))
    yield "</signal>"


def _property(one: Property) -> Iterator[str]:
    yield f'<property name={_quoted(one.name)} type={_quoted(one.signature)} access="read">'
    doc = " ".join(filter(None, (one.doc, _words(one.words))))
    yield from _indented([*_doc(doc), _annotation(_EMITS, one.emits)])
    yield "</property>"


def _argument(argument: Argument, direction: str) -> Iterator[str]:
    yield f"<arg name={_quoted(argument.name)} type={_quoted(argument.signature)}{direction}>"
    yield from _indented(_doc(" ".join(filter(None, _meaning(argument)))))
    yield "</arg>"


def _meaning(argument: Argument) -> Iterator[str]:
    yield argument.doc
    yield _words(argument.words)
    if argument.keys is not None:
        yield f"Keys: {_described(argument.keys)}"


def _described(keys: Keys) -> str:
    return " ".join(
        f"{name} ({key.signature}): {key.doc}"
        + (f" Their keys: {{{_described(key.keys)}}}" if key.keys is not None else "")
        for name, key in keys.items()
    )


def _words(kinds: tuple[type[StrEnum], ...]) -> str:
    words = ", ".join(word for kind in kinds for word in kind)
    return f"One of: {words}." if words else ""


def _doc(text: str) -> Iterator[str]:
    if text:
        yield _annotation(_DOC, text)


def _annotation(name: str, value: str) -> str:
    return f"<annotation name={_quoted(name)} value={_quoted(value)}/>"


def _indented(lines: Iterable[str]) -> Iterator[str]:
    return (f"  {line}" for line in lines)


def _quoted(text: str) -> str:
    """A value of an attribute. `html` has the same, and loads the names of 2,000 characters."""
    for character, reference in _REFERENCES:
        text = text.replace(character, reference)
    return f'"{text}"'
