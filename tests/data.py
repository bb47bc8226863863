"""Where the real pictures lie that some tests need."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def data_folder() -> Path:
    """Where the shared data lies, if it is on this machine."""
    return Path(os.environ.get("FACELATCH_DATA", ROOT.parent / "shared" / "data"))


def shared_data(part: str = "") -> Path:
    """The shared data folder, or a part of it; skips the calling test where it is absent."""
    folder = data_folder() / part
    if not folder.exists():
        import pytest  # `tests.machine.ahead` runs where nothing is installed yet

        pytest.skip(f"the shared data {folder} is not on this machine (set FACELATCH_DATA)")
    return folder
