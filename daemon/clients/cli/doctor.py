"""`facelatch doctor`: what is missing for tray, speech and recognition, and what mends it."""

import argparse
import os
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

from models.errors import UsageError

if TYPE_CHECKING:
    from daemon.clients.cli.doctor_checks import Finding

HELP = "check what Facelatch needs here; says what is missing and the command that mends it"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="a JSON list on standard output")
    parser.add_argument(
        "--fix",
        action="store_true",
        help="mend what can be mended, asking before each step (root; else only said)",
    )
    parser.add_argument("--yes", action="store_true", help="with --fix: ask nothing")


def run(arguments: argparse.Namespace) -> int:
    """Exit 0 where all is well, 1 where something is to be mended."""
    from daemon.clients.cli import output

    _check(arguments)
    findings = _examined(shown=not arguments.json)
    if arguments.fix and _fix(findings, asking=not arguments.yes):
        findings = _examined(shown=not arguments.json, fine_too=False)
    if arguments.json:
        output.print_json([asdict(finding) for finding in findings])
    return 0 if all(finding.fine for finding in findings) else 1


def _check(arguments: argparse.Namespace) -> None:
    if arguments.yes and not arguments.fix:
        raise UsageError("--yes goes with --fix")
    if arguments.fix and not arguments.yes and os.geteuid() == 0 and not sys.stdin.isatty():
        raise UsageError("there is nobody to ask before each step", "add --yes")


def _examined(*, shown: bool, fine_too: bool = True) -> "list[Finding]":
    from daemon.clients.cli import doctor_checks

    findings = []
    for finding in doctor_checks.examine():
        findings.append(finding)
        if shown and (fine_too or not finding.fine):
            print(_line(finding), flush=True)
    return findings


def _fix(findings: "list[Finding]", *, asking: bool) -> bool:
    """Whether anything was mended, or tried."""
    from daemon.clients.cli import doctor_fixes, output

    root, considered = os.geteuid() == 0, 0

    def agreed(text: str) -> bool:
        nonlocal considered
        considered += 1
        if not root:
            output.note(f"would {text}")
        return root and (not asking or _answer(text))

    if root:
        os.umask(0o022)
    failed = doctor_fixes.mend(doctor_fixes.fixes(findings), agreed)
    if not considered and not failed:
        output.note("there is nothing that --fix can mend")
    elif not root:
        output.note("nothing was changed; only root can: sudo facelatch doctor --fix")
    return root and bool(considered)


def _answer(text: str) -> bool:
    try:
        return input(f"{text}? [Y/n] ").strip().lower() in ("", "y", "yes")
    except EOFError:
        return False


def _line(finding: "Finding") -> str:
    mark = "ok" if finding.fine else "--"
    line = f"{mark}  {finding.check + ':':<15} {' '.join(finding.found.split())}"
    return f"{line}; {finding.mend}" if finding.mend else line
