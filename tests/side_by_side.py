"""Which tests pytest-xdist may give to different processes: `scripts/test` without arguments."""

from xdist.scheduler import LoadScopeScheduling

_WHOLE = ("tests/machine/", "tests/camera/")
"""Folders whose tests share one booted machine, or its making."""
_PACKAGES = "tests/machine/test_packages.py::"
"""Its tests share a machine for each Debian, in brackets behind their names."""
_EACH = ("tests/bus/", "tests/ui/")
"""Folders whose tests each have a bus, a screen and folders of their own."""


def unit(nodeid: str) -> str:
    """What runs in one process, in order: a folder, a file, or a test of its own."""
    if nodeid.startswith(_PACKAGES):
        return f"{_PACKAGES}[{nodeid.rpartition('[')[2]}"
    for folder in _WHOLE:
        if nodeid.startswith(folder):
            return folder
    return nodeid if nodeid.startswith(_EACH) else nodeid.partition("::")[0]


class Scheduling(LoadScopeScheduling):  # type: ignore[misc]  # comes without types
    """Hands out units in the order of the collection, to whichever process is free."""

    def _split_scope(self, nodeid: str) -> str:
        return unit(nodeid)
