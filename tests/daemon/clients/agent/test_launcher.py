"""Windows are processes: one of a kind, and what they end with is said in one line."""

import asyncio
import sys

import pytest

from daemon.clients.agent import launcher
from daemon.clients.agent.launcher import Launcher, command_of, problem_of
from daemon.clients.agent.messages import Closed, Launch, Program


def test_each_window_is_a_command_of_ours() -> None:
    head = [sys.executable, "-P", "-m", "daemon"]
    assert command_of(Launch(Program.ENROL, "appearance 2")) == [
        *head,
        "enroll",
        "--window",
        "--appearance=appearance 2",
    ]
    again = command_of(Launch(Program.ENROL, "--theme", replace=True))
    assert again[-2:] == ["--appearance=--theme", "--replace"]
    assert command_of(Launch(Program.TEST)) == [*head, "verify", "--window"]
    assert command_of(Launch(Program.SETTINGS)) == [*head, "agent", "settings"]


@pytest.mark.parametrize(
    ("code", "written", "problem"),
    [
        (0, "", ""),
        (0, "facelatch: a note", ""),
        (1, "", ""),
        (
            2,
            "Gtk-WARNING: something\nfacelatch: there is no screen here\n",
            "there is no screen here",
        ),
        (2, "Gtk-WARNING: something\n", ""),
        (-11, "", "it ended unexpectedly (signal 11)"),
    ],
)
def test_how_it_ended(code: int, written: str, problem: str) -> None:
    assert problem_of(code, written) == problem


def test_a_second_click_opens_no_second_window(monkeypatch: pytest.MonkeyPatch) -> None:
    script = "import sys; sys.stderr.write('facelatch: no camera'); sys.exit(2)"
    starts: list[Launch] = []

    def command(launch: Launch) -> list[str]:
        starts.append(launch)
        return [sys.executable, "-c", script]

    monkeypatch.setattr(launcher, "command_of", command)

    async def click_twice() -> list[Closed]:
        closed: list[Closed] = []
        done = asyncio.Event()

        def tell(fact: Closed) -> None:
            closed.append(fact)
            done.set()

        windows = Launcher(tell)
        windows.start(Launch(Program.TEST))
        windows.start(Launch(Program.TEST))
        await done.wait()
        windows.start(Launch(Program.TEST))
        done.clear()
        await done.wait()
        return closed

    assert asyncio.run(click_twice()) == [Closed(Program.TEST, "no camera")] * 2
    assert len(starts) == 2


def test_what_cannot_be_started_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launcher, "command_of", lambda _launch: ["/no/such/program"])

    async def click() -> Closed:
        heard: asyncio.Queue[Closed] = asyncio.Queue()
        Launcher(heard.put_nowait).start(Launch(Program.HELP))
        return await heard.get()

    assert "No such file" in asyncio.run(click()).problem
