"""Runs in place of `facelatch daemon`: the same, but for a computer that is slow or has other work.

Frames more than a second apart are not of one attempt, and where a machine is emulated an analysis
alone takes seconds, or a minute where the host has other work. So they may lie as far apart as an
attempt is long, which may last five minutes. The unlocker takes half a minute to start there: it is
waited for as long as a test waits. Nothing else is changed.
"""

import sys
from dataclasses import replace
from typing import Any

from daemon import api
from models.scoring.decision import Rule, sequence_rule

LONGEST_ATTEMPT_SECONDS = 300.0


def _patient(**rates: Any) -> Rule:
    return replace(
        sequence_rule(**rates),
        forget_seconds=LONGEST_ATTEMPT_SECONDS,
        most_seconds=LONGEST_ATTEMPT_SECONDS,
    )


def widen() -> None:
    """Widens the limits of this process, before it reads a configuration."""
    # First: the configuration's bounds are made of it.
    vars(api)["LONGEST_ATTEMPT_SECONDS"] = LONGEST_ATTEMPT_SECONDS
    vars(api)["LONGEST_CHALLENGE_SECONDS"] = LONGEST_ATTEMPT_SECONDS
    from daemon.recognition import verifier
    from daemon.unlocking import unlocker_client

    vars(verifier)["sequence_rule"] = _patient
    vars(unlocker_client)["_SECONDS"] = LONGEST_ATTEMPT_SECONDS


if __name__ == "__main__":
    widen()
    from daemon.clients.cli.main import main

    sys.exit(main(["daemon", *sys.argv[1:]]))
