"""Names the tests that failed, where they are few and all drive real programs; else exits with 1.

`worth_another_try.py FOLDER`: the folder holds the caches of several runs. A bus, a screen or a
booted machine may be late on a busy computer; a test of a part may not.
"""

import json
import sys
from pathlib import Path

_MOST = 6
_DRIVE_PROGRAMS = ("tests/bus/", "tests/ui/", "tests/machine/")


def failed_below(folder: Path) -> list[str]:
    """The tests, named as pytest does, that failed in any of the runs."""
    found = folder.glob("*/v/cache/lastfailed")
    return sorted({name for one in found for name in json.loads(one.read_text(encoding="utf-8"))})


def worth_it(failed: list[str]) -> bool:
    """Whether these tests may be tried once more."""
    return 0 < len(failed) <= _MOST and all(name.startswith(_DRIVE_PROGRAMS) for name in failed)


if __name__ == "__main__":
    names = failed_below(Path(sys.argv[1]))
    for name in names:
        print(f"failed: {name}", file=sys.stderr)
    if not worth_it(names):
        sys.exit(1)
    print("\n".join(names))
