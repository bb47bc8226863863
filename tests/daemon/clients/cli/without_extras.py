"""`python -m tests.daemon.clients.cli.without_extras COMMAND...`: facelatch without extras.

To this process, the modules that `facelatch[workshop]` and `facelatch[web]` bring do not exist.
"""

import importlib.machinery
import sys
from collections.abc import Sequence
from types import ModuleType

from models.assets import extras

_ABSENT = {*extras.WORKSHOP, *extras.WEB, "keras_facenet", "onnxruntime", "tf_keras", "torch"}


class _Without:
    """Finds what Python's own finder does, but for those modules."""

    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """As importlib.abc.MetaPathFinder has it."""
        if name.partition(".")[0] in _ABSENT:
            return None
        return importlib.machinery.PathFinder.find_spec(name, path, target)


if __name__ == "__main__":
    from daemon.clients.cli.main import main

    at = sys.meta_path.index(importlib.machinery.PathFinder)
    sys.meta_path[at] = _Without
    sys.exit(main(sys.argv[1:]))
