"""What a face costs whoever types a password, in figures: `scripts/measure-pam`."""

import argparse
import json
import os
import statistics
import sys
import tempfile
from pathlib import Path

from tests.data import ROOT
from tests.machine.pam_machine import PASSWORD, enable, film, pam_machine
from tests.machine.service import Service

_PLAIN, _FACE = "password", "password-and-face"


def main() -> int:
    """Prints the figures; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=40, help="of each, one after the other")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    arguments = parser.parse_args()
    os.environ.setdefault("FACELATCH_CACHE", str(ROOT / ".cache"))
    with tempfile.TemporaryDirectory() as name, pam_machine(Path(name)) as service:
        found = _measure(service, arguments.turns)
    if arguments.json:
        print(json.dumps(found))  # noqa: T201
        return 0
    head = f"median of {arguments.turns} alternating turns, in ms: by the clock, of the processor"
    print(head)  # noqa: T201
    for step, figures in found.items():
        print(f"{step:<40} {figures['clock']:7.1f} {figures['processor']:7.1f}")  # noqa: T201
    return 0


def _measure(service: Service, turns: int) -> dict[str, dict[str, float]]:
    """Medians by step."""
    pam = service.machine.root / "etc/pam.d"
    (pam / _PLAIN).write_bytes((pam / "sudo").read_bytes())
    film(service, "ada")
    done = enable(service, "sudo")
    if done.code:
        sys.exit(done.text)
    (pam / _FACE).write_bytes((pam / "sudo").read_bytes())
    service.machine.call("systemctl", "stop", "facelatch")
    # Before whatever else runs here, so that a busy machine changes little.
    first = "chrt --fifo 50"
    ask = f"echo '{PASSWORD}' | {first} python3 /srv/turns.py {_PLAIN},{_FACE} {turns}"
    found = json.loads(service.machine.call("sh", "-c", ask, seconds=1200).stdout)
    medians = {step: _median(figures) for step, figures in found.items()}
    more = {
        kind: statistics.median(
            with_face[index] - plain[index]
            for plain, with_face in zip(found[_PLAIN], found[_FACE], strict=True)
        )
        for index, kind in enumerate(("clock", "processor"))
    }
    return {**medians, "more with a face, turn by turn": more}


def _median(figures: list[list[float]]) -> dict[str, float]:
    clock, processor = zip(*figures, strict=True)
    return {"clock": statistics.median(clock), "processor": statistics.median(processor)}


if __name__ == "__main__":
    sys.exit(main())
