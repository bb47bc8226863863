"""Where the real pictures lie that some tests need."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def shared_data(part: str = "") -> Path:
    """The shared data folder, or a part of it; skips the calling test where it is absent."""
    folder = Path(os.environ.get("FACELATCH_DATA", ROOT.parent / "shared" / "data")) / part
    if not folder.exists():
        pytest.skip(f"the shared data {folder} is not on this machine (set FACELATCH_DATA)")
    return folder
