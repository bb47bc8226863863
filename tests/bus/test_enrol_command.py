"""`facelatch enroll` through the service: lines, JSON, a live view on a terminal, Ctrl-C."""

import json
import os
import pty
import signal
import subprocess
import sys

from tests.bus.busy_store import store_busy, waits_for_store
from tests.bus.enrolling import IN_THE_TIME, longer
from tests.bus.world import PATIENCE, Home, World, eventually
from tests.interrupting import heeding_ctrl_c
from tests.waiting import stays

TO_THE_LEFT = "Turn your head slowly to the left"
"""What is asked second."""


def command(world: World, *arguments: str) -> tuple[list[str], dict[str, str]]:
    """The command and its environment."""
    environment = {**os.environ, "FACELATCH_BUS": world.address, "TERM": "xterm-256color"}
    return [sys.executable, "-m", "daemon", "enroll", *arguments], environment


def enroll(world: World, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Runs it to its end."""
    words, environment = command(world, *arguments)
    return subprocess.run(
        words, env=environment, capture_output=True, text=True, check=False, timeout=4 * PATIENCE
    )


def enrolled(world: World, *arguments: str, shows: str = "") -> "subprocess.CompletedProcess[str]":
    """The same, for longer where a busy computer saw too little before the time was over."""

    return longer(
        lambda seconds: enroll(world, *arguments, "--seconds", str(seconds)),
        lambda done: saw_too_little(done) or shows not in done.stdout + done.stderr,
    )


def saw_too_little(done: "subprocess.CompletedProcess[str]") -> bool:
    """Whether that is what it says."""
    said = done.stdout + done.stderr
    return IN_THE_TIME in said or "no face" in said


def appearances(world: World) -> list[str]:
    with world.client() as client:
        return sorted(one["name"] for one in client.call("ListAppearances", ""))


def test_prompts_come_as_lines_and_the_end_with_a_score(home: Home) -> None:
    world = home.start()
    done = enrolled(world, "--look", "new", "--replace", shows=TO_THE_LEFT)
    assert done.returncode == 0, done.stderr
    assert TO_THE_LEFT in done.stderr
    assert "appearance 'new'" in done.stdout
    assert "score" in done.stdout
    assert appearances(world) == ["default", "new"]


def test_json_is_one_object(home: Home) -> None:
    world = home.start()
    done = enrolled(world, "--look", "new", "--json")
    report = json.loads(done.stdout)
    assert (report["outcome"], report["appearance"], done.stderr) == ("enrolled", "new", "")


def test_a_name_that_is_taken_is_told_in_one_line(home: Home) -> None:
    world = home.start()
    done = enroll(world)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert "default" in line
    assert enrolled(world, "--replace").returncode == 0
    assert appearances(world) == ["default"]


def test_it_loads_neither_numpy_nor_opencv(home: Home) -> None:
    world = home.start()
    _, environment = command(world)
    code = (
        "import sys; from daemon.clients.cli.main import main; main(sys.argv[1:]);"
        "print(sorted({'cv2', 'numpy', 'ai_edge_litert'} & sys.modules.keys()))"
    )
    words = [sys.executable, "-c", code, "enroll", "--look", "new", "--seconds", "6"]
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_ctrl_c_stores_nothing(home: Home) -> None:
    world = home.start()
    words, environment = command(world, "--look", "new")
    with heeding_ctrl_c():
        process = subprocess.Popen(
            words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
    with process:
        assert process.stderr is not None
        assert "camera" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 130
    eventually(lambda: _requests(world) == 0, "the end of the enrolment")
    assert appearances(world) == ["default"]


def test_ctrl_c_that_comes_too_late_says_what_was_stored(home: Home) -> None:
    world = home.start()

    def interrupted(seconds: float) -> "subprocess.CompletedProcess[str]":
        words, environment = command(world, "--look", "new", "--seconds", str(seconds))
        with store_busy(world):
            with heeding_ctrl_c():
                process = subprocess.Popen(
                    words,
                    env=environment,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    text=True,
                )
            eventually(lambda: waits_for_store(world) or process.poll() is not None, "the writing")
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
                stays(lambda: process.poll() is None, 1.0, "whoever waits for the last word")
        said = process.communicate(timeout=PATIENCE)
        return subprocess.CompletedProcess(words, process.returncode, *said)

    done = longer(interrupted, saw_too_little)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("enrolled root, appearance 'new'")
    assert appearances(world) == ["default", "new"]


def test_a_terminal_gets_a_live_view(home: Home) -> None:
    world = home.start()
    code, shown = longer(
        lambda seconds: _on_a_terminal(world, seconds),
        lambda done: done[0] != 0 or TO_THE_LEFT not in done[1],
    )
    assert code == 0
    assert "▀" in shown
    assert "✓" in shown
    assert TO_THE_LEFT in shown
    assert shown.rstrip().splitlines()[-1].startswith("note: ")


def _on_a_terminal(world: World, seconds: float) -> tuple[int, str]:
    """The exit code, and all that was shown."""
    words, environment = command(world, "--look", "new", "--replace", "--seconds", str(seconds))
    keyboard, terminal = pty.openpty()
    environment |= {"COLUMNS": "100", "LINES": "40"}
    with subprocess.Popen(words, env=environment, stdout=terminal, stderr=terminal) as process:
        os.close(terminal)
        shown = _all(keyboard)
        return process.wait(PATIENCE), shown


def _all(descriptor: int) -> str:
    """What comes until the other end closes."""
    parts = []
    try:
        while part := os.read(descriptor, 65536):
            parts.append(part)
    except OSError:
        # A terminal ends with an error.
        os.close(descriptor)
    return b"".join(parts).decode(errors="replace")


def _requests(world: World) -> int:
    with world.client() as client:
        return int(client.call("Status")["requests"])
