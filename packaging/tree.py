"""Fills a folder that becomes a package: `tree.py FOLDER`, with the Python of the environment that
is to be packaged.

What is put where is `daemon/install/places.py` for units and rules, as for `facelatch setup`, and
the tables below for what only packages bring. Nothing here uses the network.
"""

import os
import subprocess
import sys
from pathlib import Path

from daemon.clients.cli import command_tree, completions, main, manual
from daemon.install import environment
from daemon.install.places import PACKAGE, Places

_HERE = Path(__file__).resolve().parent
_ICON = "facelatch-ready.svg"
_STRIP = "/usr/bin/strip"
_WORTH_BYTES = 100_000

COPIED = {
    "org.facelatch.Facelatch1.desktop": "usr/share/applications/org.facelatch.Facelatch1.desktop",
    "org.facelatch.Facelatch1.metainfo.xml": (
        "usr/share/metainfo/org.facelatch.Facelatch1.metainfo.xml"
    ),
}
"""Files beside this one, and where they go."""
PRINTED = {
    "usr/share/bash-completion/completions/facelatch": completions.bash,
    "usr/share/zsh/vendor-completions/_facelatch": completions.zsh,
    "usr/share/fish/vendor_completions.d/facelatch.fish": completions.fish,
    "usr/share/man/man1/facelatch.1": manual.page,
}
"""Files that are made from the commands."""
ICON = "usr/share/icons/hicolor/scalable/apps/org.facelatch.Facelatch1.svg"


def fill(folder: Path) -> None:
    """Everything but what the package's own tools make. Raises InstallError, OSError."""
    os.umask(0o022)
    places, planned = Places(folder, PACKAGE), environment.plan()
    final = Places(layout=PACKAGE).environment
    places.environment.parent.mkdir(parents=True, exist_ok=True)
    environment.fill(places.environment, final, planned)
    _forget_where(places.environment)
    for pattern in ("*.so", "*.so.*"):
        for library in (places.environment / "lib").rglob(pattern):
            _strip(library)
    for name, place in places.files.items():
        _write(place, PACKAGE.text((planned.unit_files / name).read_bytes()))
    places.command.parent.mkdir(parents=True, exist_ok=True)
    places.command.symlink_to(Path("../lib/facelatch/bin/facelatch"))
    for name, place in COPIED.items():
        _write(folder / place, (_HERE / name).read_bytes())
    drawings = planned.source / "daemon/clients/agent/drawings"
    _write(folder / ICON, (drawings / _ICON).read_bytes())
    commands = command_tree.tree(main.parser())
    for place, lines in PRINTED.items():
        _write(folder / place, "".join(f"{line}\n" for line in lines(commands)).encode())


def _forget_where(built: Path) -> None:
    """An environment notes the command that made it, which names the folder it was made in."""
    notes = built / "pyvenv.cfg"
    lines = notes.read_text().splitlines()
    notes.write_text("".join(f"{line}\n" for line in lines if not line.startswith("command")))


def _strip(library: Path) -> None:
    """Takes symbols that only debuggers read, where that is worth it and the result loads: of a
    library that was patched for its wheel, it often does not.
    """
    stripped = library.with_name(f"{library.name}.stripped")
    subprocess.run([_STRIP, "--strip-unneeded", "-o", stripped, library], check=True)
    try:
        saved = library.stat().st_size - stripped.stat().st_size
        if saved >= _WORTH_BYTES and _loads(stripped):
            library.write_bytes(stripped.read_bytes())
    finally:
        stripped.unlink()


def _loads(library: Path) -> bool:
    program = "import ctypes, os, sys; ctypes.CDLL(sys.argv[1], mode=os.RTLD_NOW)"
    command = [sys.executable, "-c", program, library]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _write(place: Path, content: bytes) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)
    place.chmod(0o644)


if __name__ == "__main__":
    fill(Path(sys.argv[1]).absolute())
