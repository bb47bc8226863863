"""`facelatch log`: what the service decided, out of the journal.

Whoever may not read the journal is told by the service what concerns them.
"""

import argparse
import json
import re
import subprocess
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from models.errors import FacelatchError

HELP = "show what the service decided, and why"

_PREFIX = "FACELATCH_"
_UNIT = "facelatch.service"
_AGO = re.compile(r"-(\d{1,6}) ?(s|min|m|h|d|w)")
_UNITS = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86_400, "w": 604_800}
_NUMBERS = frozenset({"distance", "threshold", "milliseconds", "frames"})


def configure(parser: argparse.ArgumentParser) -> None:
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
    """Exit 0 also where there is nothing of that kind; raises where nobody could be asked."""
    from daemon.clients.cli import output

    found = _entries(arguments)
    entries = [
        entry
        for entry in found
        if arguments.verdict in (None, entry.get("verdict"))
        and arguments.user in (None, entry.get("user"))
    ][-arguments.last :]
    if arguments.json:
        for entry in entries:
            output.print_json(entry)
    elif entries:
        output.print_table([_row(entry) for entry in entries], folding=("what", "requester"))
    else:
        output.note("there are no decisions of that kind")
    return 0


def _entries(arguments: argparse.Namespace) -> list[dict[str, Any]]:
    """From the journal; where it says nothing, from the service.

    Raises FacelatchError where neither says anything: that is no empty list of decisions.
    """
    from daemon.clients.dbus_client import NoDaemonError

    try:
        entries, problem = list(read(command(arguments.since))), None
    except FacelatchError as error:
        entries, problem = [], error
    if entries:
        return entries
    try:
        return list(_told(arguments.user or "", _since(arguments.since, time.time())))
    except NoDaemonError as error:
        said = problem or FacelatchError("the journal has no decisions of the service")
        raise FacelatchError(f"{said.message}; {error.message}", error.hint) from None
    except FacelatchError as error:
        raise (problem or error) from None


def _told(user: str, since: float) -> Iterator[dict[str, Any]]:
    """What the service remembers of `user` from the time `since` on."""
    import getpass

    from daemon.clients.dbus_client import Client, NoDaemonError

    with Client() as client:
        if not client.running:
            raise NoDaemonError
        decisions = client.call("History", {"username": user} if user else {})
    for one in decisions:
        if one["time"] >= since:
            words = f"{one['verdict']} ({one['reason']})"
            named = {"user": user or getpass.getuser(), "message": words}
            yield {**one, **named, "time": _written(one["time"])}


def _since(text: str, now: float) -> float:
    """Seconds since 1970 of what journalctl would take; of what only it understands, 0."""
    found = _AGO.fullmatch(text)
    if found is not None:
        return now - int(found[1]) * _UNITS[found[2]]
    days = {"today": 0, "yesterday": 1}
    if text in days:
        day = datetime.fromtimestamp(now).astimezone().date() - timedelta(days=days[text])
        # Without an offset: where clocks are changed today, midnight had another one.
        return datetime.fromisoformat(f"{day}").timestamp()
    try:
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError, OSError):
        return 0.0


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
        seconds = int(fields["__REALTIME_TIMESTAMP"]) / 1e6
    except (ValueError, KeyError, TypeError):
        return None
    ours = {
        name.removeprefix(_PREFIX).lower(): _value(name, value)
        for name, value in fields.items()
        if name.startswith(_PREFIX) and isinstance(value, str)
    }
    return {"time": _written(seconds), "message": str(fields.get("MESSAGE", "")), **ours}


def _written(seconds: float) -> str:
    return datetime.fromtimestamp(seconds).astimezone().isoformat(timespec="seconds")


def _value(name: str, value: str) -> str | float:
    if name.removeprefix(_PREFIX).lower() not in _NUMBERS:
        return value
    try:
        return float(value)
    except ValueError:
        return value


def command(since: str) -> list[str]:
    """What makes the journal give the service's entries from then on, as JSON."""
    command = ["journalctl", "--output=json", "--no-pager", f"--since={since}"]
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
