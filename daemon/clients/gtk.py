"""GTK 3 through the distribution's PyGObject, inside an environment that does not see the system's.

PyGObject has no wheels, and `--system-site-packages` would let every other package of the
distribution in. So only `gi` and `cairo` are found, in the distribution's folder, and only where
they were compiled for this kind of Python.
"""

import importlib
import importlib.machinery
import importlib.util
import os
import sys
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from daemon.errors import DisplayError
from models.errors import FacelatchError

PACKAGES = "python3-gi python3-gi-cairo gir1.2-gtk-3.0 gir1.2-ayatanaappindicator3-0.1"
"""Debian's packages with all that windows and tray need."""

_BORROWED = ("gi", "cairo")
_COMPILED = {"gi": "_gi", "cairo": "_cairo"}
_VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
_FOLDERS = (
    Path("/usr/lib/python3/dist-packages"),  # Debian and what is made of it
    Path(f"/usr/lib64/python{_VERSION}/site-packages"),
    Path(f"/usr/lib/python{_VERSION}/site-packages"),
)


class GtkError(FacelatchError):
    """GTK cannot be used from this Python; the hint is what to type."""


@dataclass(frozen=True, slots=True)
class Toolkit:
    """What windows are made of: modules of PyGObject, untyped."""

    Gtk: Any
    Gdk: Any
    GLib: Any
    GdkPixbuf: Any


class _Borrower:
    """Finds `gi` and `cairo` in one folder and nothing else there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find_spec(
        self,
        name: str,
        path: Sequence[str] | None = None,  # noqa: ARG002 - as the import system asks
        target: ModuleType | None = None,  # noqa: ARG002
    ) -> importlib.machinery.ModuleSpec | None:
        """As importlib.abc.MetaPathFinder has it: None for any other module."""
        if name not in _BORROWED:
            return None
        return importlib.machinery.PathFinder.find_spec(name, [str(self._folder)])


def enable() -> None:
    """Makes `gi` and `cairo` importable; a second call changes nothing. Raises GtkError."""
    if importlib.util.find_spec("gi") is None:
        sys.meta_path.append(_Borrower(find_folder()))
    try:
        _import("gi")
    except ImportError as error:
        raise GtkError(f"PyGObject cannot be loaded: {error}", f"run: {_install()}") from None


def find_folder(folders: Iterable[Path] = _FOLDERS) -> Path:
    """The folder of the distribution's PyGObject. Raises GtkError, saying what is missing."""
    present = [folder for folder in folders if (folder / "gi").is_dir()]
    for folder in present:
        if all(_fits(folder, name) for name in _BORROWED if (folder / name).is_dir()):
            return folder
    if present:
        raise GtkError(
            f"PyGObject in {present[0]} was compiled for another Python than {_VERSION}",
            "install Facelatch with the distribution's own python3",
        )
    raise GtkError("PyGObject is not installed", f"run: {_install()}")


def load() -> Toolkit:
    """GTK 3, ready for windows. Raises GtkError, DisplayError where there is no screen."""
    if not screen_named():
        raise DisplayError("there is no screen here", "start it from the desktop")
    modules = {name: module(name, version) for name, version in _VERSIONS.items()}
    gtk = modules["Gtk"]
    # What window managers call the windows; else the name of the script.
    modules["GLib"].set_prgname("facelatch")
    modules["Gdk"].set_program_class("Facelatch")
    if not gtk.init_check()[0]:
        raise DisplayError("the screen cannot be opened", "start it from the desktop")
    return Toolkit(**modules)


def screen_named() -> bool:
    """Whether the environment names a screen."""
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def is_x11(kit: Toolkit) -> bool:
    """Whether the screen is an X server's, XWayland included."""
    return "X11" in kit.Gdk.Display.get_default().__gtype__.name


def pixels(kit: Toolkit, rgb: bytes, width: int, height: int) -> Any:
    """A pixbuf of red, green and blue bytes, row by row, `3 * width * height` of them."""
    form = kit.GdkPixbuf.Colorspace.RGB, False, 8, width, height, 3 * width
    return kit.GdkPixbuf.Pixbuf.new_from_bytes(kit.GLib.Bytes.new(rgb), *form)


_VERSIONS = {"Gdk": "3.0", "Gtk": "3.0", "GLib": "2.0", "GdkPixbuf": "2.0"}


def module(name: str, version: str, package: str = "gir1.2-gtk-3.0") -> Any:
    """A module of PyGObject's repository, in that version; `package` is what brings it.

    Raises GtkError.
    """
    check(name, version, package)
    try:
        return _import(f"gi.repository.{name}")
    except ImportError:
        raise _not_installed(name, version, package) from None


def picture(path: Path, size: int) -> Any:
    """A drawing as a pixbuf of `size` pixels, sharp at that size. Raises GtkError."""
    pixbuf, glib = module("GdkPixbuf", "2.0").Pixbuf, module("GLib", "2.0")
    try:
        return pixbuf.new_from_file_at_size(str(path), size, size)
    except glib.Error as error:
        raise GtkError(
            f"drawings cannot be loaded: {error.message.strip()}",
            "run: sudo apt install librsvg2-common",
        ) from None


def _import(name: str) -> Any:
    with warnings.catch_warnings():
        # PyGObject 3.42 still loads modules in a way that newer Pythons warn of.
        warnings.simplefilter("ignore")
        return importlib.import_module(name)


def check(name: str, version: str, package: str) -> None:
    """Raises GtkError where a library, or PyGObject itself, is missing. Loads no library."""
    enable()
    import gi

    try:
        gi.require_version(name, version)
    except ValueError:
        raise _not_installed(name, version, package) from None


def _not_installed(name: str, version: str, package: str) -> GtkError:
    return GtkError(f"{name} {version} is not installed", f"run: sudo apt install {package}")


def _fits(folder: Path, name: str) -> bool:
    """Whether the compiled part of a package is for this kind of Python."""
    stem = folder / name / _COMPILED[name]
    return any(
        stem.with_name(stem.name + suffix).is_file()
        for suffix in importlib.machinery.EXTENSION_SUFFIXES
    )


def _install() -> str:
    return f"sudo apt install {PACKAGES}"
