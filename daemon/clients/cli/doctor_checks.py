"""What Facelatch needs on a machine, check by check, each with the command that mends it.

A check asks and changes nothing. None of them imports OpenCV, a model runtime or NumPy.
"""

import asyncio
import ctypes
import ctypes.util
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from daemon.api import State
from daemon.clients import gtk
from daemon.clients.agent.icons import drawing
from daemon.clients.agent.tray import WATCHER
from daemon.clients.agent.view import Sign
from daemon.clients.cli import camera_picture
from daemon.clients.dbus_client import Client
from daemon.config import AUTO_SOURCE
from daemon.dbus.connection import Bus
from daemon.errors import BusError
from models.assets.catalogue import LIVENESS
from models.errors import FacelatchError

_NOTIFICATIONS = "org.freedesktop.Notifications"
_POLKIT = "org.freedesktop.PolicyKit1"
_ICON_SIZE = 24
_START = "sudo systemctl start facelatch"
_AUTOSTART = (
    "/etc/systemd/user/graphical-session.target.wants/facelatch-agent.service",
    "/etc/xdg/autostart/facelatch-agent.desktop",
)


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found. `mend` is a command, or empty where there is nothing to do."""

    check: str
    fine: bool
    found: str
    mend: str = ""


class Trouble(Exception):  # noqa: N818 - a finding, no error of the program
    """A check found something to mend."""

    def __init__(self, found: str, mend: str) -> None:
        super().__init__(found)
        self.finding = (found, mend)


Check = Callable[[], str]
"""Gives what it found, where all is well; raises Trouble or FacelatchError where it is not."""


def examine() -> Iterator[Finding]:
    """Every check, in order, as it is done. Never raises."""
    status: dict[str, Any] = {}
    yield _done("PyGObject", _pygobject)
    yield _done("tray library", _indicator)
    yield _done("tray", _tray)
    yield _done("notifications", lambda: _on_session_bus(_NOTIFICATIONS))
    yield _done("speech", _speech)
    yield _done("service", lambda: _service(status))
    yield _done("camera", lambda: _camera(status))
    yield _done("picture", lambda: _picture(status))
    yield _done("model", lambda: _model(status))
    yield _done("liveness", lambda: _liveness(status))
    yield _done("your appearances", lambda: _appearances(status))
    yield _done("polkit", _polkit)
    yield _done("sudo and logins", _pam)
    yield _done("agent", _autostart)
    yield _done("settings", _settings)


def _done(name: str, check: Check) -> Finding:
    try:
        return Finding(name, fine=True, found=check())
    except Trouble as trouble:
        found, mend = trouble.finding
    except FacelatchError as error:
        found, mend = error.message, error.hint.removeprefix("run: ")
    except Exception as error:  # a check that cannot be made is a finding, too
        found, mend = f"cannot be checked: {type(error).__name__}: {error}", ""
    return Finding(name, fine=False, found=found, mend=mend)


def _pygobject() -> str:
    gtk.check("Gtk", "3.0", "gir1.2-gtk-3.0")
    gtk.picture(drawing(Sign.READY), _ICON_SIZE)
    return "GTK 3 can be used"


def _indicator() -> str:
    gtk.check("AyatanaAppIndicator3", "0.1", "gir1.2-ayatanaappindicator3-0.1")
    return "AyatanaAppIndicator3"


def _tray() -> str:
    if not gtk.screen_named():
        raise Trouble("there is no screen here", "run it from the desktop")
    if _session_bus(WATCHER):
        return "this desktop shows indicators"
    if _has_xembed_tray():
        return "this desktop has an XEmbed tray"
    raise Trouble(
        "this desktop shows no tray; the command facelatch does everything",
        "GNOME: sudo apt install gnome-shell-extension-appindicator gnome-shell-extension-prefs, "
        "log in again and switch AppIndicator on in Extensions",
    )


def _on_session_bus(name: str) -> str:
    if _session_bus(name):
        return "there is a service that shows them"
    raise Trouble("nobody shows notifications here", "sudo apt install dunst")


def _session_bus(name: str) -> bool:
    """Whether somebody on the session's bus has this name, or would be started for it."""
    return asyncio.run(_has_name("session", name))


async def _has_name(address: str, name: str) -> bool:
    bus = await Bus.connect(address)
    try:
        if await bus.owner(name):
            return True
        reply = await bus.of_bus("ListActivatableNames")
        return name in reply.body[0]
    finally:
        bus.close()


def _has_xembed_tray() -> bool:
    """Whether somebody owns the selection of the first screen's tray."""
    name = ctypes.util.find_library("X11") or "libX11.so.6"
    try:
        library = ctypes.CDLL(name)
    except OSError:
        return False
    library.XOpenDisplay.restype = ctypes.c_void_p
    library.XInternAtom.restype = library.XGetSelectionOwner.restype = ctypes.c_ulong
    display = library.XOpenDisplay(None)
    if not display:
        return False
    handle = ctypes.c_void_p(display)
    try:
        atom = ctypes.c_ulong(library.XInternAtom(handle, b"_NET_SYSTEM_TRAY_S0", 0))
        return bool(library.XGetSelectionOwner(handle, atom))
    finally:
        library.XCloseDisplay(handle)


def _speech() -> str:
    from daemon.speech import check_engine, check_player

    check_player()
    check_engine()
    return "an engine and a player are here"


def _service(status: dict[str, Any]) -> str:
    with Client() as client:
        if not client.running:
            raise Trouble("the service is not running", _START)
        status |= client.call("Status")
    state, problem = status["state"], status["problem"]
    if status["configuration-problem"]:
        raise Trouble(status["configuration-problem"], "facelatch config check")
    return f"running, {state}" + (f": {problem}" if problem else "")


def _camera(status: dict[str, Any]) -> str:
    if status:
        if status["state"] in (State.NO_CAMERA, State.CAMERA_BUSY):
            raise Trouble(status["problem"] or status["state"], "close what uses the camera")
        return _cameras_of_service(status)
    found = sorted(str(path) for path in Path("/dev").glob("video*"))
    if not found:
        raise Trouble("there is no camera", "plug one in; see: ls /dev/video*")
    return ", ".join(found[:4])


def _picture(status: dict[str, Any]) -> str:
    """Opens the camera for a few seconds."""
    _needs(status)
    with Client() as client:
        seen = camera_picture.look(client)
    if not seen.fine:
        raise Trouble(seen.found, seen.mend)
    return seen.found


def _liveness(status: dict[str, Any]) -> str:
    _needs(status)
    found = str(status.get("liveness", "off"))
    if found == "off":
        raise Trouble("a photo opens what its owner opens", "set liveness.enabled = true")
    if "weaker" in found:
        raise Trouble(found, f"facelatch models fetch {' '.join(LIVENESS)}; sudo facelatch setup")
    return found


def _cameras_of_service(status: dict[str, Any]) -> str:
    """The camera in use, and why others are passed over."""
    if status["camera"] != AUTO_SOURCE and not status["camera"].startswith("/dev/"):
        return str(status["camera"])
    try:
        with Client() as client:
            rows = client.call("ListCameras")
    except FacelatchError:
        # Only who sits at the machine is told.
        return str(status["camera"])
    connected = [row for row in rows if row["path"]]
    passed = [_obstacle(row) for row in connected if row["obstacle"]]
    if status["camera"] == AUTO_SOURCE and len(passed) == len(connected):
        unknown = next((row["path"] for row in connected if not row["trusted"]), "PATH")
        mend = f"facelatch camera trust {unknown}" if connected else "plug one in"
        raise Trouble("; ".join(["no camera may be used", *passed]), mend)
    used = status["camera"] + (" (infrared)" if status["infrared"] else "")
    return "; ".join([used, *passed])


def _obstacle(row: dict[str, Any]) -> str:
    said = str(row["obstacle"])
    return said if said.startswith(row["path"]) else f"{row['path']}: {said}"


def _model(status: dict[str, Any]) -> str:
    _needs(status)
    if not status["embedder"] or status["state"] == State.NO_MODEL:
        raise Trouble(status["problem"] or "no model is installed", "sudo facelatch setup")
    better = status.get("better-embedder")
    note = f" ({better} is better; it is used once everybody is enrolled anew)" if better else ""
    return f"{status['embedder']} {status['precision']}".strip() + note


def _appearances(status: dict[str, Any]) -> str:
    _needs(status)
    if not status.get("appearances"):
        raise Trouble("your face is not enrolled", "facelatch enroll")
    if status["locked-out"]:
        raise Trouble("too many failed attempts", "type your password once, at the lock screen")
    return f"{status['appearances']} enrolled"


def _needs(status: dict[str, Any]) -> None:
    if not status:
        raise Trouble("only the service knows", _START)


def _pam() -> str:
    from daemon.clients.cli import pam
    from daemon.install import pam_files
    from daemon.install.pam_text import State

    steps = {name: pam.steps_of(name) for name in ("", *pam_files.OF_THEIR_OWN)}
    folders = pam_files.Folders()
    found = pam_files.states(folders, steps) if folders.own.is_dir() else {}
    on = [name for name, state in found.items() if state is not State.OFF]
    for name in on:
        if found[name] is not State.ON:
            what, _, mend = pam.meaning(name, found[name]).partition("; run: ")
            raise Trouble(f"{name}: {what}", mend or "facelatch pam status")
    if on and not os.access(steps[""].program, os.X_OK):
        raise Trouble("PAM's helper is missing, the password works", "sudo facelatch setup")
    return f"a face for {', '.join(on)}" if on else "the password alone, as ever"


def _polkit() -> str:
    try:
        there = asyncio.run(_has_name("system", _POLKIT))
    except BusError as error:
        raise Trouble(error.message, "sudo apt install dbus") from None
    if not there:
        raise Trouble("polkit is not running", "sudo apt install polkitd")
    return "there"


def _autostart() -> str:
    from daemon.clients.agent import single_instance

    starts = any(os.path.lexists(path) for path in _AUTOSTART)
    lock = single_instance.take_turn(single_instance.runtime_folder())
    if lock is not None:
        os.close(lock)
        if starts:
            raise Trouble("does not run in this session", "facelatch agent")
        raise Trouble("is not started with the desktop", "sudo facelatch setup")
    return "runs" + ("" if starts else "; it is not started with the desktop")


def _settings() -> str:
    from daemon.clients.agent.settings_file import SettingsFile, default_path

    path = default_path()
    read = SettingsFile(path).read()
    if read.problem:
        raise Trouble(read.problem, f"xdg-open {path}")
    return str(path) if path.exists() else "the defaults"
