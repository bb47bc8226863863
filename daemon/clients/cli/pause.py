"""`facelatch pause`: no recognition for a while."""

import argparse
import re

HELP = "stop all recognition and release the camera, for a while or until resume"

_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "duration",
        nargs="?",
        type=seconds,
        default=0,
        metavar="TIME",
        help="such as 90s, 30m, 2h or 1d, at most 7d (default: until facelatch resume)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Exit 0 once recognition is paused."""
    from daemon.clients.dbus_client import Client

    with Client() as client:
        client.call("Pause", arguments.duration)
    how_long = f"for {arguments.duration} s" if arguments.duration else "until: facelatch resume"
    print(f"paused {how_long}")
    return 0


def seconds(text: str) -> int:
    """Argument type: a duration of one second to seven days."""
    found = re.fullmatch(r"(\d{1,7})([smhd]?)", text)
    value = int(found[1]) * _UNITS[found[2]] if found else 0
    if not 1 <= value <= 7 * 86_400:
        raise argparse.ArgumentTypeError(f"{text!r} is no time from 1s to 7d")
    return value
