"""Which tests pytest-xdist may give to different processes, and when: `scripts/test` without
arguments.
"""

from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

_WHOLE = ("tests/machine/", "tests/camera/")
"""Folders whose tests share one booted machine, or its making; their processes mostly wait."""
_PACKAGES = "tests/machine/test_packages.py::"
"""Its tests share a machine for each Debian, in brackets behind their names."""
_EACH = ("tests/bus/", "tests/ui/")
"""Folders whose tests each have a bus, a screen and folders of their own."""
_WITH_NETWORKS = (
    *("tests/models/", "tests/daemon/clients/", "tests/daemon/foreground/"),
    *("tests/daemon/install/", "tests/daemon/camera/test_model_loader.py"),
)
"""Folders, and a file, whose tests want converted networks, which `.ci/run` has made meanwhile."""
AT_ONCE = 2
"""Units whose processes mostly wait: more would leave processors idle."""


def unit(nodeid: str) -> str:
    """What runs in one process, in order: a folder, a file, or a test of its own."""
    if nodeid.startswith(_PACKAGES):
        return f"{_PACKAGES}[{nodeid.rpartition('[')[2]}"
    for folder in _WHOLE:
        if nodeid.startswith(folder):
            return folder
    return nodeid if nodeid.startswith(_EACH) else nodeid.partition("::")[0]


def waits(name: str) -> bool:
    """Whether a unit's process mostly waits for a machine."""
    return name.startswith(_WHOLE)


def wants_networks(nodeid: str) -> bool:
    """Whether a test would wait where networks are still being converted."""
    return nodeid.startswith(_WITH_NETWORKS)


def chosen(queue: list[str], under_way: int) -> str:
    """The unit of the queue that is next, where so many that mostly wait are under way."""
    if under_way >= AT_ONCE:
        return next((name for name in queue if not waits(name)), queue[0])
    return queue[0]


class Scheduling(LoadScopeScheduling):  # type: ignore[misc]  # comes without types
    """Hands out units in the order of the collection, to whichever process is free."""

    def _split_scope(self, nodeid: str) -> str:
        return unit(nodeid)

    def _assign_work_unit(self, node: WorkerController) -> None:
        under_way = sum(
            waits(name) and not all(work.values())
            for other, assigned in self.assigned_work.items()
            if other is not node
            for name, work in assigned.items()
        )
        self.workqueue.move_to_end(chosen(list(self.workqueue), under_way), last=False)
        super()._assign_work_unit(node)
