"""The contract: well-formed, complete, bounded, and the same as the file that is shipped."""

import re
import subprocess
import sys
from collections.abc import Iterator
from xml.etree import ElementTree

import pytest
from dbus_fast.introspection import Node
from dbus_fast.signature import SignatureTree
from hypothesis import given
from hypothesis import strategies as st

from daemon import api
from daemon.api import INTERFACE, Argument, Error, Guidance, Keys, PreviewHeader
from enroll.guide.prompts import prompt_of
from tests.data import ROOT

SHIPPED = ROOT / "systemd" / "org.facelatch.Facelatch1.xml"

NAME = re.compile(r"[A-Z][A-Za-z0-9]*")
WORD = re.compile(r"[a-z]+(-[a-z]+)*")

HEADERS = st.builds(
    PreviewHeader,
    st.integers(1, api.MOST_PREVIEW_WIDTH),
    st.integers(1, api.MOST_PREVIEW_HEIGHT),
    st.integers(0, 2**32 - 1),
)


def _arguments() -> Iterator[Argument]:
    for method in INTERFACE.methods:
        yield from (*method.inputs, *method.outputs)
    for signal in INTERFACE.signals:
        yield from signal.arguments


def _tables() -> Iterator[Keys]:
    for argument in _arguments():
        if argument.keys is not None:
            yield argument.keys
            yield from (key.keys for key in argument.keys.values() if key.keys is not None)


def test_the_shipped_file_is_the_one_made_from_the_code() -> None:
    assert SHIPPED.read_text() == api.introspection_xml(), (
        "run: python -m daemon.api > systemd/org.facelatch.Facelatch1.xml"
    )


def test_the_documented_command_prints_it() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "daemon.api"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == SHIPPED.read_text()


def test_a_bus_library_reads_the_same_interface_out_of_it() -> None:
    node = Node.parse(SHIPPED.read_text())
    (read,) = node.interfaces
    assert read.name == api.INTERFACE_NAME == api.BUS_NAME
    assert {one.name: (one.in_signature, one.out_signature) for one in read.methods} == {
        one.name: (one.input_signature, one.output_signature) for one in INTERFACE.methods
    }
    assert {one.name: one.signature for one in read.signals} == {
        one.name: one.signature for one in INTERFACE.signals
    }
    assert {one.name: (one.signature, one.access.value) for one in read.properties} == {
        one.name: (one.signature, "read") for one in INTERFACE.properties
    }


def test_everything_is_documented() -> None:
    root = ElementTree.fromstring(api.introspection_xml())
    for kind in ("interface", "method", "signal", "property", "arg"):
        for element in root.iter(kind):
            docs = [one.get("value") for one in element if "DocString" in one.get("name", "")]
            assert len(docs) == 1, element.attrib
            assert docs[0], element.attrib


def test_names_are_unique_and_well_formed() -> None:
    names = [method.name for method in INTERFACE.methods]
    names += [signal.name for signal in INTERFACE.signals]
    names += [one.name for one in INTERFACE.properties]
    assert len(set(names)) == len(names)
    assert all(NAME.fullmatch(name) for name in names)


def test_every_signature_is_one_that_the_bus_knows() -> None:
    for argument in _arguments():
        assert len(SignatureTree(argument.signature).types) == 1, argument
    for one in INTERFACE.properties:
        assert len(SignatureTree(one.signature).types) == 1, one
    for table in _tables():
        for name, key in table.items():
            assert len(SignatureTree(key.signature).types) == 1, name


def test_every_dictionary_has_a_table_of_keys_and_nothing_else_has() -> None:
    for argument in _arguments():
        assert (argument.keys is not None) == (argument.signature in {"a{sv}", "aa{sv}"}), argument
    for table in _tables():
        assert all(WORD.fullmatch(name) and key.doc for name, key in table.items())


@pytest.mark.parametrize(
    "kind",
    [
        api.State,
        api.Progress,
        api.Guidance,
        api.Verdict,
        api.Reason,
        api.Outcome,
        api.Event,
    ],
)
def test_words_are_lower_case_with_dashes(kind: type[api.State]) -> None:
    assert all(WORD.fullmatch(word) for word in kind)


def test_progress_and_guidance_can_be_told_apart() -> None:
    assert set(api.Progress) & set(map(str, Guidance)) == set()


@pytest.mark.parametrize("error", Error)
def test_an_error_name_goes_there_and_back(error: Error) -> None:
    assert NAME.fullmatch(error.value)
    assert error.bus_name == f"org.facelatch.Facelatch1.Error.{error.value}"
    assert api.error_of(error.bus_name) is error


@pytest.mark.parametrize(
    "name",
    ["", "Internal", "org.freedesktop.DBus.Error.NoReply", api.ERROR_PREFIX, "x" * 999],
)
def test_an_error_of_somebody_else_is_none_of_ours(name: str) -> None:
    assert api.error_of(name) is None


def test_every_error_but_the_common_ones_belongs_to_a_method() -> None:
    common = {Error.INVALID_ARGUMENTS, Error.STOPPING, Error.INTERNAL}
    raised = {error for method in INTERFACE.methods for error in method.errors}
    assert raised | common == set(Error)
    assert not raised & common


def test_every_reason_of_a_poor_picture_has_its_word() -> None:
    source = (ROOT / "models" / "quality.py").read_text()
    reasons = set(re.findall(r'"([a-z]+(?: [a-z]+)+)"', source))
    assert "come closer" in reasons
    assert [words for words in reasons if prompt_of(words) is None] == []


def test_a_member_is_found_by_name() -> None:
    assert INTERFACE.method("StartVerify").input_signature == "sa{sv}"
    assert INTERFACE.signal("VerifyFinished").signature == "ussa{sv}"
    assert INTERFACE.property("PausedUntil").signature == "x"
    with pytest.raises(KeyError):
        INTERFACE.method("Unlock")


@given(HEADERS)
def test_a_preview_header_goes_there_and_back(header: PreviewHeader) -> None:
    packed = header.pack()
    assert len(packed) == api.PREVIEW_HEADER_SIZE
    assert PreviewHeader.unpack(packed) == header
    assert header.payload_size <= 640 * 480 * 3


@given(st.binary(max_size=40))
def test_any_other_bytes_are_no_preview_header(head: bytes) -> None:
    try:
        header = PreviewHeader.unpack(head)
    except ValueError:
        return
    assert header.pack() == head


@pytest.mark.parametrize("size", [(0, 1), (1, 0), (641, 480), (640, 481), (-1, 5)])
def test_a_preview_picture_out_of_bounds_is_refused(size: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="preview picture"):
        PreviewHeader(*size, 1).pack()
