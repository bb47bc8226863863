"""The journal: one datagram an entry, nothing that could forge another field."""

import io
import socket
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from daemon.clients.cli.log import parse
from daemon.system.journal import NOTICE, Journal, entry_of


def test_an_entry_arrives_field_by_field(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.bind(str(tmp_path / "journal"))
        journal = Journal(tmp_path / "journal")
        journal.record("seen", {"user": "ada", "distance": 0.25}, priority=NOTICE)
        journal.close()
        assert server.recv(4096).decode().splitlines() == [
            "MESSAGE=seen",
            "PRIORITY=5",
            "SYSLOG_IDENTIFIER=facelatch",
            "FACELATCH_USER=ada",
            "FACELATCH_DISTANCE=0.2500",
        ]


def test_without_a_journal_it_goes_to_standard_error(tmp_path: Path) -> None:
    aside = io.StringIO()
    journal = Journal(tmp_path / "nothing", fallback=aside)
    journal.record("seen", {"user": "ada"})
    journal.close()
    assert aside.getvalue() == "facelatch: seen user=ada\n"


def test_a_journal_that_takes_no_more_blocks_nobody(tmp_path: Path) -> None:
    aside = io.StringIO()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.bind(str(tmp_path / "journal"))
        journal = Journal(tmp_path / "journal", fallback=aside)
        for _ in range(2000):
            journal.record("x" * 500)
        journal.close()
    assert aside.getvalue()


@given(st.text(), st.text())
def test_no_text_forges_a_field(message: str, user: str) -> None:
    lines = entry_of(message, {"user": user}, 6).decode().split("\n")
    names = [line.split("=", 1)[0] for line in lines]
    assert names == ["MESSAGE", "PRIORITY", "SYSLOG_IDENTIFIER", "FACELATCH_USER", ""]


@given(st.text())
def test_any_line_of_a_journal_is_read_or_left_out(line: str) -> None:
    entry = parse(line)
    assert entry is None or "time" in entry


def test_an_entry_is_read_back() -> None:
    line = '{"__REALTIME_TIMESTAMP": "0", "MESSAGE": "m", "FACELATCH_DISTANCE": "0.5", "_PID": "1"}'
    entry = parse(line)
    assert entry is not None
    assert (entry["message"], entry["distance"]) == ("m", 0.5)
    assert "pid" not in entry
