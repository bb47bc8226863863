"""Whether the networks that `facelatch demo` would run are converted: exit 0 where they are.

`converted.py ARGUMENTS`: those of the demo.
"""

import argparse
import sys

from models import zoo
from models.assets import prepared
from models.assets.catalogue import MODELS
from models.errors import FacelatchError


def main() -> int:
    """Exit 1 where one is missing, or damaged."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--detector", default="mtcnn")
    parser.add_argument("--embedder", default="auto")
    chosen, _ = parser.parse_known_args()
    try:
        for name in (chosen.detector, zoo.resolve_embedder(chosen.embedder)):
            if name in MODELS and MODELS[name].networks:
                prepared.verify(MODELS[name])
    except FacelatchError:
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
