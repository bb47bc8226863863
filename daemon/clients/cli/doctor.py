"""`facelatch doctor`: what is missing for tray, speech and recognition, and what mends it."""

import argparse
from dataclasses import asdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from daemon.clients.cli.doctor_checks import Finding

HELP = "check what Facelatch needs here; says what is missing and the command that mends it"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="a JSON list on standard output")


def run(arguments: argparse.Namespace) -> int:
    """Exit 0 where all is well, 1 where something is to be mended."""
    from daemon.clients.cli import doctor_checks, output

    fine = True
    findings = []
    for finding in doctor_checks.examine():
        fine &= finding.fine
        findings.append(finding)
        if not arguments.json:
            print(_line(finding), flush=True)
    if arguments.json:
        output.print_json([asdict(finding) for finding in findings])
    return 0 if fine else 1


def _line(finding: "Finding") -> str:
    mark = "ok" if finding.fine else "--"
    line = f"{mark}  {finding.check + ':':<15} {' '.join(finding.found.split())}"
    return f"{line}; {finding.mend}" if finding.mend else line
