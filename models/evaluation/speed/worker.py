"""A process that runs one contestant: `python -m models.evaluation.speed.worker NAME OPTIONS`.

It answers in lines of JSON: first what it is, or why it cannot run; then, for each frame number
on standard input, one lap. TensorFlow's imports and threads so disturb nobody else, and only one
contestant works at any time.
"""

import gc
import json
import os
import sys
import time
from dataclasses import asdict
from typing import IO

import cv2

from models.errors import FacelatchError
from models.evaluation.speed.contestants import CONTESTANTS, Contestant
from models.evaluation.speed.frames import frame


def main() -> int:
    """Serves until standard input ends."""
    name, options = sys.argv[1], json.loads(sys.argv[2])
    with _answers() as out:
        cv2.setNumThreads(1)
        try:
            contestant = CONTESTANTS[name](options)
        except (FacelatchError, ImportError, OSError, RuntimeError, ValueError) as error:
            _answer(out, {"error": str(error)})
            return 1
        _answer(out, {"facts": dict(contestant.facts)})
        # What was built lives to the end; collecting it over and over is not part of a frame.
        gc.freeze()
        for line in sys.stdin:
            _answer(out, _lap(contestant, int(line)))
    return 0


def _lap(contestant: Contestant, index: int) -> dict[str, object]:
    image = frame(index).copy()
    began = time.process_time()
    lap = contestant.lap(image)
    processor_ms = (time.process_time() - began) * 1e3
    return asdict(lap) | {"stages_ms": dict(lap.stages_ms), "processor_ms": processor_ms}


def _answers() -> IO[str]:
    """Standard output for answers alone; what libraries print goes to standard error."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return answers


def _answer(out: IO[str], message: dict[str, object]) -> None:
    out.write(json.dumps(message) + "\n")
    out.flush()


if __name__ == "__main__":
    sys.exit(main())
