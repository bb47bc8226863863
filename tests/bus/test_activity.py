"""`facelatch activity` against the real daemon."""

import json
import os
import subprocess
import sys

from tests.bus.asking import attempt
from tests.bus.world import Home, World, eventually
from tests.data import ROOT


def activity(
    world: World, *arguments: str, **environment: str
) -> "subprocess.CompletedProcess[str]":
    """The command, as a person types it."""
    return subprocess.run(
        [sys.executable, "-P", "-m", "daemon", "activity", *arguments],
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "PYTHONIOENCODING": "utf-8",
            "FACELATCH_BUS": world.address,
            "LANGUAGE": "en",
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
    )


def test_what_was_decided_is_told_in_words(home: Home) -> None:
    home.configure("audit", distances="true")
    world = home.start()
    with world.client() as client:
        assert attempt(client).verdict == "matched"
    home.lock("1")
    eventually(lambda: home.unlocks() == 1, "the unlock")
    home.unlocked("1")
    eventually(lambda: world.verdicts("unlocked"), "an unlocking")
    done = activity(world)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert "threshold" in lines[0]
    assert "Recognised" in lines[1]
    assert "Unlocked" in lines[2], done.stdout
    assert "━" in lines[2]
    assert lines[-1] == "2 attempts · 2 recognised · 0 refused"
    assert "Entsperrt" in activity(world, LANGUAGE="de").stdout
    assert "==" in activity(world, PYTHONIOENCODING="ascii:replace").stdout


def test_a_program_reads_what_the_daemon_sent(home: Home) -> None:
    world = home.start()
    with world.client() as client:
        attempt(client)
        attempt(client)
    done = activity(world, "--json", "--last", "1")
    (line,) = done.stdout.splitlines()
    decision = json.loads(line)
    assert decision["verdict"] == "matched"
    assert not {"distance", "threshold"} & decision.keys()


def test_where_nothing_happened_a_line_says_so(home: Home) -> None:
    done = activity(home.start())
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "facelatch: There was no attempt yet.\n"


def test_without_a_daemon_a_line_says_so(home: Home) -> None:
    done = activity(home.world)
    assert done.returncode == 2
    assert done.stderr.startswith("facelatch: the Facelatch daemon is not running; run: ")


def test_wrong_arguments_are_refused(home: Home) -> None:
    for wrong in ("0", "-1", "201", "many", "٣"):
        assert activity(home.world, "--last", wrong).returncode == 2
    assert activity(home.world, "--json", "--window").returncode == 2
    assert "screen" in activity(home.world, "--window", DISPLAY="", WAYLAND_DISPLAY="").stderr
