"""Exit 0 where the last test run failed in a few tests only, all of which drive real programs.

A bus, a screen or a booted machine may be late on a busy computer; a test of a part may not.
"""

import json
import sys
from pathlib import Path

_FAILED = Path(".pytest_cache/v/cache/lastfailed")
_MOST = 6
_DRIVE_PROGRAMS = ("tests/bus/", "tests/ui/", "tests/machine/")


def worth_it(failed: list[str]) -> bool:
    """Whether these tests, named as pytest does, may be tried once more."""
    return 0 < len(failed) <= _MOST and all(name.startswith(_DRIVE_PROGRAMS) for name in failed)


if __name__ == "__main__":
    names = sorted(json.loads(_FAILED.read_text(encoding="utf-8"))) if _FAILED.exists() else []
    for name in names:
        print(f"failed: {name}")
    sys.exit(0 if worth_it(names) else 1)
