"""A hundred thousand hostile calls: no crash, no unlock, and nothing is kept of them."""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from daemon import api
from tests.bus.other import OTHER_UID
from tests.bus.test_attacks import descriptors
from tests.bus.test_life import status
from tests.bus.world import UID, Home, World, eventually
from tests.data import ROOT

CALLS = 100_000
ROUNDS = 4
GROWTH_MB = 7.0
"""From the end of the first round, which warms allocators up, to that of the last: a hundred bytes
that are kept of each call would be 7.5 MB."""


def resident_mb(world: World) -> float:
    """Memory of the service, in MB of 1,000,000 bytes."""
    assert world.daemon is not None
    lines = Path(f"/proc/{world.daemon.pid}/status").read_text().splitlines()
    return next(int(one.split()[1]) for one in lines if one.startswith("VmRSS")) * 1024 / 1e6


def fuzz(world: World, seed: int, count: int, uid: int) -> Counter[str]:
    """Has a user make calls; the errors that came back. The journal is read meanwhile."""
    command = [sys.executable, "-m", "tests.bus.fuzz", world.address, *map(str, (seed, count, uid))]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    read = len(world.entries)
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as process:
        while process.poll() is None:
            # Each entry must be one: a line of its own in a field would be read as another field.
            entries = world.entries[read:]
            assert all("=" not in key for one in entries for key in one)
            read += len(entries)
            _rest(process)
        assert process.stdout is not None
        told = json.loads(process.stdout.read())
    assert told["sent"] == count
    return Counter(told["errors"])


def _rest(process: "subprocess.Popen[bytes]") -> None:
    try:
        process.wait(0.2)
    except subprocess.TimeoutExpired:
        return


@pytest.mark.slow
def test_a_hundred_thousand_hostile_calls_change_nothing(home: Home) -> None:
    # The owner sits there all the time: what keeps the session locked is that they locked it.
    home.configure("schedule", idle_rate="1")
    # Attempts are under way all the time too, and their frames are not what is tried here.
    home.configure("camera", full_rate="2.0")
    world = home.start()
    home.lock("1", idle=False)
    eventually(lambda: status(world)["sessions"], "the session")
    users = [UID, OTHER_UID] if UID == 0 else [UID]
    errors, memory = Counter[str](), []
    open_files = descriptors(world)
    for number in range(ROUNDS):
        for uid in users:
            errors += fuzz(world, 10 * number + uid, CALLS // ROUNDS // len(users), uid)
        _settle(world)
        memory.append(resident_mb(world))
    assert world.daemon is not None
    assert world.daemon.poll() is None
    assert errors[api.Error.INTERNAL.bus_name] == 0, world.entries[-1]
    assert home.unlocks() == 0
    assert not [one for one in world.entries if one.get("FACELATCH_VERDICT") == "unlocked"]
    assert "Error" not in world.log
    eventually(lambda: descriptors(world) <= open_files, "all descriptors to be closed")
    sys.stderr.write(f"{CALLS} calls, MB after each round: {memory}; {dict(errors)}\n")
    assert memory[-1] - memory[0] < GROWTH_MB, memory


def _settle(world: World) -> None:
    """Whatever was begun has ended; the service answers, and recognises its owner."""
    with world.client() as client:
        client.call("Resume")
        eventually(lambda: status(world)["requests"] == 0, "the end of all requests")
