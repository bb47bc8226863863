"""The commands that are clients of the daemon, as a person calls them."""

import json
import os
import subprocess
import sys

from tests.bus.other import as_other, log_in_other, needs_root
from tests.bus.world import ME, Home, World
from tests.data import ROOT
from tests.slow_daemon import LONGEST_ATTEMPT_SECONDS

VERIFY = ("verify", "--seconds", str(LONGEST_ATTEMPT_SECONDS))
"""Until the service has decided, however busy the computer is."""


def facelatch(world: World, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Calls the command in a process of its own, on the world's bus."""
    environment = {
        **os.environ,
        "FACELATCH_BUS": world.address,
        "PYTHONPATH": str(ROOT),
        "XDG_DATA_HOME": str(world.folder / "data"),
    }
    environment.pop("FACELATCH_SOURCE", None)
    return subprocess.run(
        [sys.executable, "-m", "daemon", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_verify_goes_through_the_daemon(home: Home) -> None:
    world = home.start()
    answer = facelatch(world, *VERIFY, "--json")
    report = json.loads(answer.stdout)
    assert (answer.returncode, report["result"], report["name"]) == (0, "match", ME)
    assert report["embedder"] == "resnet"
    assert report["distance"] < report["threshold"]


def test_verify_of_a_stranger_says_no(home: Home) -> None:
    home.configure("camera", source='"demo:stranger"')
    answer = facelatch(home.start(), *VERIFY, "--json")
    report = json.loads(answer.stdout)
    assert (answer.returncode, report["result"], report["name"]) == (1, "no match", None)


@needs_root
def test_only_root_forgets_failed_attempts(home: Home) -> None:
    home.configure("attempts", before_pause="1", before_password="1")  # noqa: S106
    home.configure("camera", source='"demo:stranger"')
    log_in_other(home)
    world = home.start()
    assert facelatch(world, *VERIFY).returncode == 1
    (answer,) = as_other(world, ("PasswordUsed", ME))
    assert answer.error == "NotPermitted"
    with world.client() as client:
        assert client.call("Status")["locked-out"]
        assert facelatch(world, "attempts", "clear", ME).returncode == 0
        assert not client.call("Status")["locked-out"]
    assert facelatch(world, "attempts", "clear", "nobody-of-that-name").returncode == 2


def test_list_rename_and_remove(home: Home) -> None:
    world = home.start()
    assert json.loads(facelatch(world, "list", "--json").stdout)[0]["appearance"] == "default"
    assert facelatch(world, "rename", "default", "glasses").returncode == 0
    (row,) = json.loads(facelatch(world, "list", "--json").stdout)
    assert (row["name"], row["appearance"]) == (ME, "glasses")
    missing = facelatch(world, "remove", ME, "--look", "beard")
    hint = "see: facelatch list"
    assert missing.returncode == 2
    assert missing.stderr == f"facelatch: there is no appearance 'beard'; {hint}\n"
    removed = facelatch(world, "remove", ME).stdout.splitlines()
    file = world.state / "templates" / f"{ME}.templates"
    assert removed[:2] == [f"removed {ME}", f"  gone: {file}"]
    assert not file.exists()
    assert "cannot be proven" in removed[-1]
    assert json.loads(facelatch(world, "list", "--json").stdout) == []


def test_pause_status_resume(home: Home) -> None:
    world = home.start()
    assert facelatch(world, "pause", "90m").returncode == 0
    assert "paused" in facelatch(world, "status").stdout
    status = json.loads(facelatch(world, "status", "--json").stdout)
    assert status["state"] == "paused"
    assert facelatch(world, "resume").returncode == 0
    assert json.loads(facelatch(world, "status", "--json").stdout)["state"] == "ready"


def test_without_a_daemon_they_say_what_to_do(world: World) -> None:
    for command in ("status", "pause", "resume"):
        answer = facelatch(world, command)
        assert answer.returncode == 2
        assert answer.stderr == (
            "facelatch: the Facelatch daemon is not running; run: sudo systemctl start facelatch\n"
        )


_CLIENTS = (
    ("status",),
    ("pause", "1h"),
    ("resume",),
    ("unlocking", "on"),
    ("verify",),
    ("list",),
    ("rename", "default", "glasses"),
    ("log",),
    ("remove", ME),
)


def test_clients_load_nothing_heavy(home: Home) -> None:
    world = home.start()
    code = (
        "import sys; from daemon.clients.cli.main import main; main(sys.argv[1:]);"
        "print(sorted({'cv2', 'numpy', 'ai_edge_litert', 'tensorflow'} & sys.modules.keys()))"
    )
    for command in _CLIENTS:
        answer = subprocess.run(
            [sys.executable, "-c", code, *command],
            env={**os.environ, "FACELATCH_BUS": world.address, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert answer.returncode == 0, answer.stderr
        assert answer.stdout.splitlines()[-1] == "[]", answer.stdout
