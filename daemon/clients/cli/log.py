"""`facelatch log`: what the service decided, out of the journal."""

import argparse
import json
import subprocess
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from models.errors import FacelatchError

HELP = "show what the service decided, and why"

_PREFIX = "FACELATCH_"
_UNIT = "facelatch.service"
_NUMBERS = frozenset({"distance", "threshold", "milliseconds", "frames"})


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of this command."""
    parser.add_argument(
        "--since",
        default="-1d",
        metavar="TIME",
        help="as journalctl takes it: -2h, today, 2025-03-01 (default: one day)",
    )
    parser.add_argument("--user", metavar="USER", help="only decisions about this user")
    parser.add_argument("--verdict", metavar="WORD", help="only these, such as not-matched")
    parser.add_argument(
        "--last", type=_count, default=1000, metavar="N", help="at most (default: %(default)s)"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a line")


def run(arguments: argparse.Namespace) -> int:
    """Exit 0 also where there is nothing to show."""
    from daemon.clients.cli import output

    entries = [
        entry
        for entry in read(_command(arguments))
        if arguments.verdict in (None, entry.get("verdict"))
        and arguments.user in (None, entry.get("user"))
    ][-arguments.last :]
    if arguments.json:
        for entry in entries:
            output.print_json(entry)
    elif entries:
        output.print_table([_row(entry) for entry in entries], folding=("what", "requester"))
    else:
        output.note("the journal has no decisions of that kind; may you read it? (group adm)")
    return 0


def read(command: list[str]) -> Iterator[dict[str, Any]]:
    """The entries that `command`, a journalctl with JSON output, gives. Raises FacelatchError."""
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, errors="replace", timeout=60, check=False
        )
    except FileNotFoundError:
        raise FacelatchError("journalctl is not installed", "this machine has no journal") from None
    except subprocess.TimeoutExpired:
        raise FacelatchError("journalctl does not end", "choose a shorter time: --since") from None
    if done.returncode and done.stderr.strip():
        raise FacelatchError(f"journalctl: {done.stderr.strip().splitlines()[-1]}")
    for line in done.stdout.splitlines():
        entry = parse(line)
        if entry is not None:
            yield entry


def parse(line: str) -> dict[str, Any] | None:
    """One line of journalctl's JSON as an entry of ours; None for what is none."""
    try:
        fields = json.loads(line)
        time = int(fields["__REALTIME_TIMESTAMP"]) / 1e6
    except (ValueError, KeyError, TypeError):
        return None
    ours = {
        name.removeprefix(_PREFIX).lower(): _value(name, value)
        for name, value in fields.items()
        if name.startswith(_PREFIX) and isinstance(value, str)
    }
    when = datetime.fromtimestamp(time).astimezone().isoformat(timespec="seconds")
    return {"time": when, "message": str(fields.get("MESSAGE", "")), **ours}


def _value(name: str, value: str) -> str | float:
    if name.removeprefix(_PREFIX).lower() not in _NUMBERS:
        return value
    try:
        return float(value)
    except ValueError:
        return value


def _command(arguments: argparse.Namespace) -> list[str]:
    command = ["journalctl", "--output=json", "--no-pager", f"--since={arguments.since}"]
    # Anybody may write a journal entry in our name; the journal itself vouches for the unit.
    return [*command, f"_SYSTEMD_UNIT={_UNIT}", "SYSLOG_IDENTIFIER=facelatch"]


def _row(entry: dict[str, Any]) -> dict[str, Any]:
    distance = entry.get("distance")
    return {
        "time": entry["time"],
        "user": entry.get("user"),
        "verdict": entry.get("verdict"),
        "reason": entry.get("reason"),
        "distance": f"{distance:.3f}" if isinstance(distance, float) else None,
        "threshold": entry.get("threshold"),
        "ms": entry.get("milliseconds"),
        "requester": entry.get("requester"),
        "what": entry["message"],
    }


def _count(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text[:9]) <= 1_000_000:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to 1000000")
    return int(text)
