"""The guided first run, which `facelatch setup` is for a person at a terminal: one step after the
other, each a command that could have been typed, each skipped or repeated as one likes.

What is done already is said and passed by with Enter. Nothing is kept: it can be ended and begun
again at any time.
"""

import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from daemon.api import State
from models.errors import FacelatchError

Facts = Mapping[str, Any]
"""What the service's `Status` says, and where known `trusted` (cameras), `pam` (services) and
`leaving` (whether the session is locked then).
"""
Choice = Literal["do", "next", "quit"]


@dataclass(frozen=True, slots=True)
class GuideStep:
    """One step. `done` says what is so already, "" where it is to be done."""

    name: str
    why: str
    command: tuple[str, ...]
    done: Callable[[Facts], str]
    root: bool = False
    by_name: bool = False
    """Whether Enter alone passes it by: what gives more rights, or looks more often, is chosen."""
    repeated: tuple[str, ...] = ()
    """What the command needs beside, where it was done before."""


def _better_model(facts: Facts) -> str:
    """Whether there is nothing left to choose: it is here, or cannot be made here."""
    from models.assets import extras

    if facts.get("embedder") == "mbf":
        return "mbf"
    if facts.get("better-embedder") == "mbf":
        return "mbf is here, and used once everybody is removed and enrolled anew"
    return "" if extras.converts() else "only a checkout can bring it: this cannot convert networks"


BETTER_MODEL = (
    "Do you want mbf? Of 100 looks it misses its owner in 5, sface-mobilefacenet in 6. Its"
    " publisher does not say whose pictures it was trained on: so it is brought only if you say"
    " so (r)."
    " Whoever is enrolled by then is removed and enrolled anew first."
)
"""Figures are those of the calibrations that ship, at security standard."""

STEPS = (
    GuideStep(
        "service",
        "The service looks and decides; installing it asks for an administrator's password.",
        ("setup",),
        lambda facts: "it runs" if facts else "",
        root=True,
    ),
    GuideStep(
        "camera",
        "Only cameras that somebody trusts are looked through.",
        ("camera", "list"),
        lambda facts: facts.get("trusted", ""),
    ),
    GuideStep(
        "light",
        "Sit as you usually do: the camera is looked through for a moment.",
        ("camera", "check"),
        lambda _: "",
    ),
    GuideStep(
        "model",
        "What turns a face into numbers; the best that can be had is brought.",
        ("setup",),
        lambda facts: "" if facts.get("state") == State.NO_MODEL else facts.get("embedder", ""),
        root=True,
    ),
    GuideStep(
        "better model",
        BETTER_MODEL,
        ("setup", "--embedder", "mbf"),
        _better_model,
        root=True,
        by_name=True,
    ),
    GuideStep(
        "enrol",
        "Look at the camera and turn slowly; only numbers are kept, never a picture.",
        ("enroll",),
        lambda facts: f"{facts['appearances']} enrolled" if facts.get("appearances") else "",
        repeated=("--replace",),
    ),
    GuideStep(
        "lock screen",
        "Your locked session is unlocked when you are seen. The password always works.",
        ("unlocking", "on"),
        lambda facts: "on" if facts.get("unlocking") else "",
    ),
    GuideStep(
        "leaving",
        "Your session can be locked when you have left it: while nothing is touched the camera"
        " looks for a moment now and then, and its lamp is on then.",
        ("agent", "--leaving", "on"),
        lambda facts: facts.get("leaving", ""),
        by_name=True,
    ),
    GuideStep(
        "sudo",
        "sudo and polkit may ask for your face, where Enter alone is typed for the password.",
        ("pam", "enable", "sudo", "polkit-1"),
        lambda facts: facts.get("pam", ""),
        root=True,
        by_name=True,
    ),
    GuideStep(
        "greeting",
        "What is said when you come back; the settings are in the tray's menu.",
        ("agent", "--greet"),
        lambda _: "",
    ),
    GuideStep("test", "Look at the camera as you would then.", ("verify",), lambda _: ""),
)


def guide(
    steps: Sequence[GuideStep],
    facts: Callable[[], Facts],
    ask: Callable[[str], str],
    run: Callable[[GuideStep], int],
    say: Callable[[str], object],
) -> int:
    """Leads through the steps. `run` gives a step's exit code, `ask` what was typed. How many
    steps were taken and failed the last time.
    """
    failed: set[str] = set()
    for number, step in enumerate(steps, 1):
        said = _said(step, facts)
        say(f"\n{number} of {len(steps)}  {step.name}{said and f': {said}'}\n{step.why}")
        choice = _choose(ask, passes=bool(said) or step.by_name)
        before = bool(said)
        while choice == "do":
            code = run(_once_more(step) if before else step)
            before = before or not code
            failed = failed | {step.name} if code else failed - {step.name}
            say(f"it did not work ({code})" if code else "done")
            choice = _choose(ask, passes=True)
        if choice == "quit":
            break
    return len(failed)


def _once_more(step: GuideStep) -> GuideStep:
    return replace(step, command=(*step.command, *step.repeated))


def _said(step: GuideStep, facts: Callable[[], Facts]) -> str:
    return str(step.done(facts()))


def _choose(ask: Callable[[str], str], *, passes: bool) -> Choice:
    """What is typed; Enter alone does the step, or passes it by."""
    prompt = (
        "[Enter] next, r to do it, q to end: " if passes else "[Enter] to do it, s to skip, q: "
    )
    word = ask(prompt).strip().lower()
    if word in ("q", "quit"):
        return "quit"
    if word in ("r", "repeat", "d", "do", "y", "yes"):
        return "do"
    return "next" if passes or word in ("s", "skip", "n", "no") else "do"


def lead() -> int:
    """Leads the person at this terminal; exit 0 where nothing that was tried failed."""
    from daemon.clients.cli import output

    output.note("each step can be skipped, repeated, and done later by its command")
    try:
        return 1 if guide(STEPS, facts_of_service, _ask, _run, _say) else 0
    except EOFError:
        return 1


def _say(text: str) -> None:
    print(text, flush=True)


def _ask(prompt: str) -> str:
    return input(prompt)


def _run(step: GuideStep) -> int:
    command = [program(), *step.command]
    if step.root:
        if shutil.which("sudo") is None:
            _say(f"as root: {' '.join(command)}")
            return 1
        command = ["sudo", *command]
    _say(f"$ {' '.join(command)}")
    return subprocess.run(command, check=False).returncode


def program() -> str:
    """The command as it was typed, where that is a file; the installed one otherwise."""
    typed = Path(sys.argv[0])
    if typed.name == "facelatch" and typed.is_file():
        return str(typed.absolute())
    return shutil.which("facelatch") or "facelatch"


def facts_of_service() -> Facts:
    """What the steps go by; nothing where the service does not run."""
    from daemon.clients.dbus_client import Client

    try:
        with Client() as client:
            if not client.running:
                return {}
            found = dict(client.call("Status"))
            rows = client.call("ListCameras")
    except FacelatchError:
        return {}
    found["trusted"] = ", ".join(row["path"] for row in rows if row["trusted"] and row["path"])
    found["pam"] = ", ".join(_asking())
    found["leaving"] = _leaving(found)
    return found


def _leaving(status: Facts) -> str:
    """After how long a session is locked whose owner has left."""
    from daemon.clients.agent.settings_file import SettingsFile, default_path

    leave = SettingsFile(default_path()).read().settings.leave
    seconds = leave.wanted(float(status.get("leave-seconds", 0.0)))
    return f"on, after {seconds:g} s" if seconds else ""


def _asking() -> list[str]:
    """Where PAM asks for a face."""
    from daemon.clients.cli import pam
    from daemon.install import pam_files
    from daemon.install.pam_text import State as Pam

    folders = pam_files.Folders()
    if not folders.own.is_dir():
        return []
    states = pam_files.states(folders, {"": pam.steps_of("")})
    return [name for name, state in states.items() if state in (Pam.ON, Pam.OTHER)]
