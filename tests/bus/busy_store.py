"""A store of templates that another program writes to."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bus.world import World


@contextmanager
def store_busy(world: World) -> Iterator[None]:
    """Another program writes to the store until the end."""
    with (world.state / "templates" / "lock").open("r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def waits_for_store(world: World) -> bool:
    """Whether the daemon waits to write there."""
    assert world.daemon is not None
    for one in Path(f"/proc/{world.daemon.pid}/fd").iterdir():
        try:
            found = one.readlink()
        except FileNotFoundError:
            continue
        if found == world.state / "templates" / "lock":
            return True
    return False
