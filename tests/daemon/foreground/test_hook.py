"""The hook: real processes, no shell, never in the way."""

import os
import queue
import shlex
import stat
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.foreground.hook import Hook, HookResult, parse_command
from models.errors import UsageError

PATIENCE = 60.0


def python(code: str, *arguments: object) -> str:
    """A command line that runs `code`."""
    return shlex.join([sys.executable, "-c", code, *map(str, arguments)])


def run(
    command: str, *, name: str = "ada", distance: float = 0.25, timeout: float = 20.0
) -> HookResult:
    results: queue.Queue[HookResult] = queue.Queue()
    with Hook(command, timeout=timeout, report=results.put) as hook:
        assert hook.start(name, distance)
        return results.get(timeout=PATIENCE)


def wait_for(condition: Callable[[], bool]) -> None:
    tick = threading.Event()
    for _ in range(int(PATIENCE / 0.02)):
        if condition():
            return
        tick.wait(0.02)
    pytest.fail("it did not happen")


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


WRITE_ENVIRONMENT = (
    "import os,sys;"
    "open(sys.argv[1],'w').write(os.environ['FACELATCH_USER']+'|'+os.environ['FACELATCH_DISTANCE'])"
)


def test_it_gets_user_and_distance(tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = run(python(WRITE_ENVIRONMENT, out), name="Ada", distance=0.31234)
    assert (result.name, result.exit_code, result.problem) == ("Ada", 0, "")
    assert out.read_text() == "Ada|0.3123"


@pytest.mark.parametrize("name", ["$(touch {0})", "`touch {0}`", "; touch {0}", "a'b\"c", "a\nb"])
def test_a_hostile_name_stays_data(tmp_path: Path, name: str) -> None:
    out, harmed = tmp_path / "out", tmp_path / "harmed"
    run(python(WRITE_ENVIRONMENT, out), name=name.format(harmed))
    assert out.read_text().startswith(name.format(harmed) + "|")
    assert not harmed.exists()


def test_there_is_no_shell(tmp_path: Path) -> None:
    harmed = tmp_path / "harmed"
    run(f"true ; touch {harmed} && touch {harmed} | touch {harmed} > {harmed} $(touch {harmed})")
    assert not harmed.exists()


def test_a_name_no_environment_can_carry_is_a_failure() -> None:
    result = run("true", name="a\0b")
    assert result.exit_code is None
    assert "cannot be run" in result.problem


def test_a_failure_is_told() -> None:
    result = run(python("raise SystemExit(3)"))
    assert result.exit_code == 3
    assert "exit code 3" in result.problem


def test_a_deadly_signal_is_told() -> None:
    result = run(python("import os; os.kill(os.getpid(), 9)"))
    assert result.exit_code == -9
    assert "signal 9" in result.problem


def test_its_output_goes_to_standard_error(capfd: pytest.CaptureFixture[str]) -> None:
    run(python("print('hello')"))
    captured = capfd.readouterr()
    assert captured.out == ""
    assert captured.err == "hello\n"


def test_it_has_no_input() -> None:
    assert run(python("import sys; raise SystemExit(len(sys.stdin.read()))")).exit_code == 0


CHILD_THAT_STAYS = """
import os, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c",
    "import signal, sys, time\\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\\n"
    "print(1, flush=True)\\ntime.sleep(60)"], stdout=subprocess.PIPE)
child.stdout.readline()
with open(sys.argv[1] + ".new", "w") as file:
    file.write(f"{os.getpid()} {child.pid}")
os.rename(sys.argv[1] + ".new", sys.argv[1])
time.sleep(60)
"""


def test_after_the_timeout_it_is_ended_with_its_children(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    result = run(python(CHILD_THAT_STAYS, pids), timeout=15.0)
    assert result.exit_code is None
    assert "not done after 15 seconds" in result.problem
    for pid in map(int, pids.read_text().split()):
        wait_for(lambda pid=pid: not alive(pid))  # type: ignore[misc]


def test_closing_ends_it_with_its_children(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    results: queue.Queue[HookResult] = queue.Queue()
    hook = Hook(python(CHILD_THAT_STAYS, pids), report=results.put)
    hook.start("ada", 0.2)
    wait_for(pids.exists)
    hook.close()
    assert results.get(timeout=PATIENCE).problem == "stopped"
    for pid in map(int, pids.read_text().split()):
        wait_for(lambda pid=pid: not alive(pid))  # type: ignore[misc]
    assert not hook.start("ada", 0.2)


def test_one_still_running_is_not_started_twice(tmp_path: Path) -> None:
    gate, count = tmp_path / "gate", tmp_path / "count"
    os.mkfifo(gate)
    code = "import sys; open(sys.argv[2],'a').write('x'); open(sys.argv[1]).read()"
    with Hook(python(code, gate, count)) as hook:
        assert hook.start("ada", 0.2)
        wait_for(count.exists)
        assert not hook.start("ada", 0.2)
        assert not hook.start("bob", 0.2)
        gate.write_text("")
        assert hook.wait(PATIENCE)
        assert hook.start("ada", 0.2)
        gate.write_text("")
        assert hook.wait(PATIENCE)
    assert count.read_text() == "xx"


def test_a_child_left_behind_does_not_hold_the_hook(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    code = (
        "import subprocess, sys; child = subprocess.Popen(['sleep', '60']);"
        "open(sys.argv[1], 'w').write(str(child.pid))"
    )
    result = run(python(code, pid))
    assert result.exit_code == 0
    child = int(pid.read_text())
    assert alive(child)
    os.kill(child, 9)


def test_a_program_that_vanished_is_a_failure(tmp_path: Path) -> None:
    script = tmp_path / "hook"
    script.write_text("#!/bin/sh\n")
    script.chmod(0o700)
    results: queue.Queue[HookResult] = queue.Queue()
    with Hook(str(script), report=results.put) as hook:
        script.unlink()
        assert hook.start("ada", 0.2)
        assert "cannot be run" in results.get(timeout=PATIENCE).problem


def test_a_report_that_fails_leaves_the_hook_usable() -> None:
    calls: queue.Queue[HookResult] = queue.Queue()

    def report(result: HookResult) -> None:
        calls.put(result)
        raise RuntimeError("the window is gone")

    with Hook("true", report=report) as hook:
        for _ in range(2):
            wait_for(lambda: hook.start("ada", 0.2))
            calls.get(timeout=PATIENCE)


def test_a_relative_program_is_fixed_when_it_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "hook"
    script.write_text("#!/bin/sh\nexit 7\n")
    script.chmod(0o700)
    monkeypatch.chdir(tmp_path)
    hook = Hook("./hook with 'two words'")
    assert hook.argv == (str(script), "with", "two words")


@pytest.mark.parametrize(
    "command",
    ["", "   ", "''", "'unclosed", "no-such-program-anywhere", "/etc/passwd", "/", "a\0b"],
)
def test_what_cannot_be_run_is_refused_at_once(command: str) -> None:
    with pytest.raises(UsageError) as caught:
        Hook(command)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_executable_is_refused(tmp_path: Path) -> None:
    script = tmp_path / "hook"
    script.touch(mode=stat.S_IRUSR | stat.S_IWUSR)
    with pytest.raises(UsageError):
        Hook(str(script))


@pytest.mark.parametrize("timeout", [0.0, -1.0, float("nan"), float("inf")])
def test_the_timeout_has_bounds(timeout: float) -> None:
    with pytest.raises(UsageError):
        Hook("true", timeout=timeout)


@given(st.lists(st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=20)))
def test_quoted_arguments_arrive_as_they_are(arguments: list[str]) -> None:
    assert parse_command(shlex.join(["true", *arguments]))[1:] == tuple(arguments)


@given(st.text(max_size=200))
def test_any_text_is_parsed_or_refused(command: str) -> None:
    try:
        assert parse_command(command)[0].startswith("/")
    except UsageError as error:
        assert error.message
