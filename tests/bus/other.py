"""An ordinary user beside root: calls made in a process of its own, as `nobody`."""

import json
import os
import pwd
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

import pytest

from tests.bus.world import UID, Home, World
from tests.data import ROOT

OTHER_UID = 65534
needs_root = pytest.mark.skipif(UID != 0, reason="only root can become another user")

_CODE = """
import json, os, sys
from daemon.clients.dbus_client import Client, DaemonError
os.setgroups([]); os.setgid(65534); os.setuid(65534)
with Client(sys.argv[1]) as client:
    for member, *arguments in json.loads(sys.argv[2]):
        try:
            print(json.dumps(["", client.call(member, *arguments)]), flush=True)
        except DaemonError as error:
            print(json.dumps([str(error.error), str(error)]), flush=True)
"""


@dataclass(frozen=True)
class Said:
    """The answer to a call: the error's word, "" for none; the value, or the error's line."""

    error: str
    value: Any


def other_name() -> str:
    """The login name of the other user."""
    return pwd.getpwuid(OTHER_UID).pw_name


def log_in_other(home: Home, session: str = "7") -> None:
    """The other user sits at the machine; whoever calls does so from that session."""
    home.log_in(session, uid=OTHER_UID, username=other_name())


def as_other(world: World, *calls: tuple[Any, ...]) -> list[Said]:
    """Calls methods, one after the other, over one connection of the other user's."""
    done = subprocess.run(
        [sys.executable, "-c", _CODE, world.address, json.dumps(calls)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [Said(*json.loads(line)) for line in done.stdout.splitlines()]
