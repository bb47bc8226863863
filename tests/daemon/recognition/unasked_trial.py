"""How many living people the limit turns away where nobody can ask them for movements: see
`scripts/measure-unasked`.

As at a lock screen that draws nothing of ours. Each run of a living clip is played twice, with
nobody to ask: with the limit that an attempt in doubt has there, and with the longest time of any
attempt in its place.
"""

import argparse
import json
import math
import sys
from collections.abc import Iterator
from typing import Any

from daemon.clients.cli.evaluation import attempt_runs, attempts
from daemon.recognition.challenge import UNASKED_SECONDS, Asking
from daemon.recognition.liveness import LivenessRule
from daemon.recognition.verifier import Verifier
from enroll.template import Person
from models.errors import UsageError
from models.evaluation.remembered import Memory
from models.evaluation.spoof import LIVE, Presentation, read_presentations


class Unasked(attempt_runs.Attempts):
    """Attempts at which nobody can be asked for anything."""

    limit = UNASKED_SECONDS

    def _verifier(self, person: Person, run: attempt_runs.Run) -> Verifier:
        cues = attempt_runs.VARIANTS[run.variant]
        rule = None if cues is None else LivenessRule(level=self._how.level)
        asking = Asking(lambda movements: movements[0], lambda: False, self.limit)
        matcher = self._models.info.matcher(person)
        return Verifier(matcher, still=False, liveness=rule, asking=asking)


def rows(tried: Unasked, clip: Presentation) -> Iterator[dict[str, Any]]:
    """Of each variant: runs let in with the limit and without, and those that only it turned away,
    where the face had been recognised.
    """
    tried.limit = UNASKED_SECONDS
    limited = list(tried.run(clip))
    tried.limit = math.inf
    pairs = list(zip(limited, tried.run(clip), strict=True))
    for variant in attempt_runs.VARIANTS:
        own = [pair for pair in pairs if pair[0].run.variant == variant]
        yield {
            "clip": clip.path.name,
            "cues": variant,
            "runs": len(own),
            "let in": sum(one.matched for one, _ in own),
            "let in without the limit": sum(one.matched for _, one in own),
            "turned away by it": sum(two.matched and not one.matched for one, two in own),
            "longest": max(round(one.seconds, 1) for one, _ in own),
        }


def main() -> int:
    """Prints a line of JSON for each clip and variant."""
    parser = argparse.ArgumentParser(prog="measure-unasked", description=__doc__)
    attempts.configure(parser)
    arguments = parser.parse_args()
    memory = Memory()
    models = attempts.loaded(arguments, memory)
    how = attempt_runs.Trying(arguments.level, arguments.runs, seed=arguments.seed)
    tried = Unasked(models, memory, attempts.frames_of, how)
    for clip in read_presentations(arguments.clips, arguments.root):
        if clip.species != LIVE:
            continue
        try:
            for row in rows(tried, clip):
                sys.stdout.write(json.dumps(row) + "\n")
        except UsageError as error:
            sys.stdout.write(json.dumps({"clip": clip.path.name, "left out": str(error)}) + "\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
