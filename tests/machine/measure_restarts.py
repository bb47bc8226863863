"""How soon a process that was killed is back, in figures: `scripts/measure-restarts`."""

import argparse
import json
import os
import statistics
import sys
import tempfile
from pathlib import Path

from tests.data import ROOT
from tests.machine.machine import Machine, running, shown_for_setup
from tests.machine.service import ENVIRONMENT, installed

_KINDS = ("ready", "processor", "watched")


def main() -> int:
    """Prints the figures; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=10, help="of each, one after the other")
    arguments = parser.parse_args()
    os.environ.setdefault("FACELATCH_CACHE", str(ROOT / ".cache"))
    found = _measure(arguments.turns)
    head = (
        f"{arguments.turns} turns, median and most in ms: until ready, of the processor for that,"
    )
    print(f"{head} until the camera is open again")  # noqa: T201
    for unit, turns in found.items():
        columns = dict(zip(_KINDS, zip(*turns, strict=True), strict=False))
        texts = [f"{statistics.median(one):6.0f} {max(one):6.0f}" for one in columns.values()]
        print(f"{unit:<20}", "   ".join(texts))  # noqa: T201
    return 0


def _measure(turns: int) -> dict[str, list[list[float]]]:
    """By unit, of each turn what `restarts.py` says."""
    with tempfile.TemporaryDirectory() as name:
        machine = Machine(Path(name, "restarts"), shown=shown_for_setup())
        with running(machine, "ada"):
            service = installed(machine, "ada")
            program = (Path(__file__).parent / "restarts.py").read_text()
            (machine.root / "srv/restarts.py").write_text(program)
            service.film("nobody")
            session = service.log_in("ada")
            service.idle(session, idle=True)
            service.hint(session, locked=True)
            # Before whatever else runs here: what is started inherits it.
            machine.call("chrt", "--fifo", "--all-tasks", "--pid", "1", "1")
            python = (f"{ENVIRONMENT}/bin/python", "-I", "/srv/restarts.py")
            done = machine.call(*python, session, str(turns), seconds=1800)
    found: dict[str, list[list[float]]] = json.loads(done.stdout)
    return found


if __name__ == "__main__":
    sys.exit(main())
