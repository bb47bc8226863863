"""What `facelatch doctor --fix` can mend, each as a step that says what it does."""

import argparse
import os
import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial

from daemon.clients.cli import output, pam, prepare
from daemon.clients.cli.doctor_checks import Finding
from daemon.install import pam_files, plan
from daemon.install.errors import InstallError
from daemon.install.pam_text import State
from daemon.install.places import of_this_program
from daemon.install.steps import Do, Run, Step, find
from models.errors import FacelatchError

_APT = re.compile(r"(?:sudo )?apt(?:-get)? install ([a-z0-9][a-z0-9.+ -]*)")
"""A line that mends, where it is for apt alone."""
_TAKEN_AWAY = (State.LOST, State.OTHER, State.OLD)
"""A face is asked for and PAM's file is not as it was left; lines by hand are left alone."""


def fixes(findings: Iterable[Finding]) -> Iterator[Step]:
    """The steps, in order; ask each whether it is needed before the next comes. Raises InstallError
    where the service is not installed.
    """
    yield from _packages(findings)
    yield from plan.repair(of_this_program(), prepare.prepare, booted=plan.is_booted())
    yield from _pam(pam_files.Folders())


def mend(steps: Iterable[Step], agreed: Callable[[str], bool]) -> int:
    """Takes the steps that are needed and agreed to; how many could not be taken."""
    failed = 0
    for step in steps:
        try:
            if step.needed() and agreed(step.text):
                output.note(step.text)
                step.take()
        except (FacelatchError, OSError) as error:
            failed += 1
            output.note(f"could not {step.text}: {error}")
    return failed


def _packages(findings: Iterable[Finding]) -> Iterator[Step]:
    """Debian's, where a check named one and apt is here."""
    found = [match for one in findings if not one.fine and (match := _APT.fullmatch(one.mend))]
    names = sorted({name for match in found for name in match[1].split()})
    if names and find("apt-get"):
        command = ("apt-get", "install", "-qy", "--no-install-recommends", *names)
        yield Run(f"install {' '.join(names)}", command)


def _pam(folders: pam_files.Folders) -> Iterator[Step]:
    if not folders.own.is_dir():
        return
    steps = {name: pam.steps_of(name) for name in ("", *pam_files.OF_THEIR_OWN)}
    for name, state in pam_files.states(folders, steps).items():
        if state in _TAKEN_AWAY:
            yield Do(f"ask for a face in {name} again", partial(_restore, name))


def _restore(service: str) -> None:
    """As `facelatch pam restore` does, which has PAM say the same as before first."""
    if not os.access(pam.steps_of("").program, os.X_OK):
        raise InstallError("the service is not installed", "run: sudo facelatch setup")
    asked = argparse.Namespace(action="restore", services=[service], dry_run=False)
    if pam.run(asked):
        raise InstallError(f"{service} is as it was", "see: facelatch pam status")
