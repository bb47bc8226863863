"""`facelatch status`: how the service is, and what concerns oneself."""

import argparse
import time
from typing import Any

HELP = "say how the service is: camera, model, pause, your sessions"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")


def run(arguments: argparse.Namespace) -> int:
    """Exit 0 where the service answers."""
    from daemon.clients.cli import output
    from daemon.clients.dbus_client import Client

    with Client() as client:
        status: dict[str, Any] = client.call("Status")
    if arguments.json:
        output.print_json(status)
    else:
        for name, value in _lines(status):
            print(f"{name + ':':<14} {value}")
    return 0


def _lines(status: dict[str, Any]) -> list[tuple[str, str]]:
    lines = [
        ("state", _state(status)),
        ("model", _model(status)),
        ("liveness", status.get("liveness", "not asked")),
        ("camera", _camera(status)),
        ("running", f"version {status['version']}, for {_duration(status['uptime-seconds'])}"),
        ("requests", str(status["requests"])),
        ("templates", f"sealed with a {status['protection']}"),
    ]
    if status["configuration-problem"]:
        lines.append(("configuration", f"not reloaded: {status['configuration-problem']}"))
    if "appearances" in status:
        lines.append(("you", _you(status)))
    lines += [(f"session {one['id']}", _session(one)) for one in status.get("sessions", [])]
    return lines


def _model(status: dict[str, Any]) -> str:
    text = f"{status['embedder'] or 'none'} {status['precision']}".strip()
    if better := status.get("better-embedder"):
        text += f"; {better} is better, and used once everybody is removed and enrolled anew"
    return text


def _state(status: dict[str, Any]) -> str:
    text = str(status["state"])
    if status["paused-until"] > 0:
        text += f", for {_duration(max(status['paused-until'] - time.time(), 0))}"
    return f"{text}: {status['problem']}" if status["problem"] else text


def _camera(status: dict[str, Any]) -> str:
    kind = " (infrared)" if status["infrared"] else ""
    on = "on" if status["camera-on"] else "off"
    seconds = _duration(status["camera-on-seconds"])
    damaged = status.get("damaged-pictures", 0)
    more = f"; {damaged} damaged pictures: is its plug loose?" if damaged else ""
    return f"{status['camera']}{kind}, {on}; on for {seconds} so far{more}"


def _you(status: dict[str, Any]) -> str:
    count, failed = status["appearances"], status["failed-attempts"]
    text = f"{count} appearances enrolled, {failed} attempts failed since the last match"
    if not status["unlocking"]:
        text += "; unlocking is off"
    if status["locked-out"]:
        return f"{text}; the password is needed once"
    if status["retry-after-seconds"] > 0:
        return f"{text}; next attempt in {_duration(status['retry-after-seconds'])}"
    return text


def _session(session: dict[str, Any]) -> str:
    words = ["locked" if session["locked"] else "not locked"]
    words += [word for word in ("active", "remote", "watched") if session[word]]
    if session.get("dark"):
        words.append("displays off")
    if session["locked"] and session["obstacle"]:
        words.append(f"would not be unlocked: {session['obstacle']}")
    return ", ".join(words)


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    if seconds < 7200:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
