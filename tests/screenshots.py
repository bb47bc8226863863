"""Where tests leave pictures of screens, for people to look at."""

import os
from pathlib import Path

from tests.data import ROOT


def screenshots() -> Path:
    """The folder, made where it is not there."""
    folder = Path(os.environ.get("FACELATCH_SCREENSHOTS", ROOT / ".cache" / "screenshots"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder
