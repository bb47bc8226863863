"""Measures what a face costs whoever types a password, inside the machine, in alternating turns.

    turns.py NAMES N    NAMES: services of PAM, separated by commas; N turns of each

Prints JSON: for each name the milliseconds of every turn, by the clock and by the processor, of a
login with the password that stands on standard input; and of the helper's own steps.
"""

import json
import os
import resource
import subprocess
import sys
import time

_HELPER = "/opt/facelatch/venv/bin/facelatch-pam"


def turn(command: list[str], given: bytes, *, code: int = 0) -> tuple[float, float]:
    """Milliseconds by the clock, and of the processor with all that it started and waited for."""
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    environment = {**os.environ, "PAM_USER": "ada", "PAM_SERVICE": "su-test"}
    done = subprocess.run(command, input=given, env=environment, capture_output=True, check=False)
    took, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != code:
        sys.exit(f"{command}: {done.returncode}: {(done.stdout + done.stderr).decode()}")
    processor = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return took * 1e3, processor * 1e3


def main(names: list[str], turns: int) -> None:
    """Each once, then in the other order, and so on."""
    password = sys.stdin.buffer.readline()
    steps = {
        name: (["pamtester", name, "ada", "authenticate", "acct_mgmt"], password, 0)
        for name in names
    }
    steps["helper: typed"] = ([_HELPER, "typed"], b"secret\0", 1)
    # The service is stopped meanwhile.
    steps["helper: look"] = ([_HELPER, "look", "10"], b"", 1)
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in steps}
    order = list(steps)
    for _ in range(turns):
        order.reverse()
        for name in order:
            command, given, code = steps[name]
            found[name].append(turn(command, given, code=code))
    print(json.dumps(found))  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1].split(","), int(sys.argv[2]))
