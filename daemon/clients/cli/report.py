"""`facelatch report`: what a bug report needs, without anything that tells who somebody is.

No names, no pictures, no templates, no distances, no addresses: what is written is a short list of
known words and numbers, and sentences out of which names, paths and addresses were taken.
"""

import argparse
import os
import platform
import re
import socket
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

HELP = "write a file for a bug report: no names, pictures, distances or addresses"

_FILE = Path("facelatch-report.txt")
_STATUS = (
    *("state", "problem", "configuration-problem", "detector", "embedder", "precision"),
    *("liveness", "infrared", "paused", "locked-out", "appearances"),
)
"""What of the service's state is told; nothing of a person is in these."""
_ENVIRONMENT = ("XDG_CURRENT_DESKTOP", "XDG_SESSION_TYPE", "LANG")
_LOG = ("verdict", "reason")
"""Fields of the journal that are counted."""
_LONGEST = 300

_TAKEN_OUT = (
    (re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://\S+"), "<address>"),
    (re.compile(r"\S+@\S+\.\S+"), "<address>"),
    (re.compile(r"\b\d{1,3}(\.\d{1,3}){3}(:\d+)?\b"), "<address>"),
    (re.compile(r"\b([0-9a-f]{2}:){5}[0-9a-f]{2}\b", re.IGNORECASE), "<address>"),
    (re.compile(r"\b[0-9a-f]{0,4}(:[0-9a-f]{0,4}){3,7}\b", re.IGNORECASE), "<address>"),
    (re.compile(r"/(home|root|media|mnt|run/user|run/media)(/[^\s:;,'\"]*)?"), "<path>"),
    # Distances, thresholds, scores.
    (re.compile(r"\b\d+\.\d+\b"), "<number>"),
)


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--output",
        type=Path,
        default=_FILE,
        metavar="FILE",
        help='where to, or "-" (default: %(default)s)',
    )


def run(arguments: argparse.Namespace) -> int:
    """Exit 0 where it was written."""
    from daemon.clients.cli import output
    from models import files

    text = "".join(f"{line}\n" for line in _lines())
    if str(arguments.output) == "-":
        print(text, end="")
        return 0
    files.write(arguments.output.absolute(), text.encode())
    output.note(f"written to {arguments.output}; read it before you send it")
    return 0


def scrubbed(text: str, names: Iterable[str]) -> str:
    """`text` on one line, without addresses, paths of people, decimals, and these names."""
    text = " ".join(text.split())[:_LONGEST]
    for pattern, instead in _TAKEN_OUT:
        text = pattern.sub(instead, text)
    for name in sorted(set(names), key=len, reverse=True):
        if name:
            text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", "<name>", text, flags=re.IGNORECASE)
    return text


def counted(entries: Iterable[Mapping[str, Any]]) -> list[str]:
    """How often the service decided what; nothing of whom or when."""
    counts = Counter(
        " ".join(str(entry[field]) for field in _LOG if entry.get(field)) for entry in entries
    )
    return [f"{count} x {what or 'other'}" for what, count in counts.most_common(30)]


def _lines() -> Iterator[str]:
    names = list(_names())
    for title, found in (
        ("program", _program()),
        ("machine", _machine()),
        ("checks", _checks()),
        ("service", _service()),
        ("decisions of a week", _decisions()),
    ):
        yield f"[{title}]"
        try:
            for line in found:
                yield scrubbed(line, names)
        except Exception as error:  # what cannot be told is told, and the rest with it
            yield scrubbed(f"cannot be told: {type(error).__name__}: {error}", names)
        yield ""


def _names() -> Iterator[str]:
    """Of people's accounts, in full and in short, and of this machine."""
    import pwd

    for entry in pwd.getpwall():
        # Of the system's accounts none is a person, and root is no secret.
        if entry.pw_uid >= 1000 and entry.pw_name != "nobody":
            yield entry.pw_name
            yield from (word for word in re.split(r"[,\s]+", entry.pw_gecos) if len(word) > 1)
    yield socket.gethostname()


def _program() -> Iterator[str]:
    from importlib.metadata import PackageNotFoundError

    from daemon.install.packages import SERVICE_PACKAGES

    # Versions have points like numbers that are taken out.
    yield f"facelatch {_version('facelatch')}; Python {_dashed(platform.python_version())}"
    yield "from a package" if _is_packaged() else "from a checkout or an environment"
    for name in SERVICE_PACKAGES:
        try:
            yield f"{name} {_version(name)}"
        except PackageNotFoundError:
            yield f"{name} is not installed"


def _is_packaged() -> bool:
    from daemon.install.places import PACKAGE, of_this_program

    return of_this_program().layout is PACKAGE


def _version(name: str) -> str:
    from importlib.metadata import version

    return _dashed(version(name))


def _dashed(version: str) -> str:
    return version.replace(".", "-")


def _machine() -> Iterator[str]:
    release = platform.freedesktop_os_release()
    yield f"{release.get('ID', '')} {_dashed(release.get('VERSION_ID', ''))}"
    yield f"kernel {_dashed(platform.release())} {platform.machine()}, {os.cpu_count()} processors"
    for name in _ENVIRONMENT:
        yield f"{name}={os.environ.get(name, '')}"
    yield f"cameras: {len(list(Path('/dev').glob('video*')))} device files"


def _checks() -> Iterator[str]:
    from daemon.clients.cli import doctor_checks

    for finding in doctor_checks.examine():
        yield f"{'ok' if finding.fine else '--'} {finding.check}: {finding.found}"


def _service() -> Iterator[str]:
    from daemon.clients.dbus_client import Client

    with Client() as client:
        status = client.call("Status")
    for key in _STATUS:
        if key in status:
            yield f"{key}: {status[key]}"


def _decisions() -> list[str]:
    from daemon.clients.cli import log

    return counted(log.read(log.command("-1w")))
