"""`python -m models.convert [--force] NAME...`: converts models; progress lines on stderr.

A process of its own, so that nobody else has to import TensorFlow. Exit code 0 when all are
ready, 2 otherwise; the last line then says why.
"""

import argparse
import functools
import os
import sys
import tempfile
from collections.abc import Sequence
from typing import TextIO

from models.assets import extras
from models.assets.catalogue import ModelSpec, spec
from models.convert.quiet import quiet
from models.errors import FacelatchError

_EXIT_ERROR = 2


def main() -> int:
    """Converts the models named on the command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m models.convert", description=__doc__)
    parser.add_argument("--force", action="store_true", help="convert again what is ready")
    parser.add_argument("names", nargs="+", metavar="NAME")
    arguments = parser.parse_args()
    try:
        _convert([spec(name) for name in arguments.names], force=arguments.force)
    except FacelatchError as error:
        _say(sys.stderr, str(error))
        return _EXIT_ERROR
    except ModuleNotFoundError as error:
        _say(sys.stderr, str(extras.lacking(error) or error))
        return _EXIT_ERROR
    except KeyboardInterrupt:
        return _EXIT_ERROR
    return 0


def _convert(models: Sequence[ModelSpec], *, force: bool) -> None:
    with (
        tempfile.TemporaryDirectory() as empty,
        os.fdopen(os.dup(sys.stderr.fileno()), "w") as terminal,
        quiet(),
    ):
        _configure_tensorflow(empty)
        from models.convert.prepare import prepare

        for model in models:
            prepare(model, force=force, progress=functools.partial(_say, terminal))


def _configure_tensorflow(empty: str) -> None:
    """Keeps a user's settings of Keras and a graphics card from changing what is converted."""
    os.environ.update(
        CUDA_VISIBLE_DEVICES="-1",
        KERAS_BACKEND="tensorflow",
        KERAS_HOME=empty,
        TF_CPP_MIN_LOG_LEVEL="3",
        TF_USE_LEGACY_KERAS="0",
    )


def _say(stream: TextIO, line: str) -> None:
    stream.write(f"{' '.join(line.split())}\n")
    stream.flush()


if __name__ == "__main__":
    sys.exit(main())
