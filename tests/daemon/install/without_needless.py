"""`python -m tests.daemon.install.without_needless`: imports all that runs, without what an
installation leaves behind; prints the names of the modules that were loaded.
"""

import ast
import importlib
import importlib.machinery
import os
import pkgutil
import sys
from collections.abc import Iterator, Sequence
from importlib import metadata
from pathlib import Path
from types import ModuleType

from daemon.install import packages

_WORKSHOP = (
    *("models.convert", "models.evaluation", "models.networks", "models.training"),
    *("daemon.clients.cli.evaluation", "daemon.clients.cli.workshop", "daemon.clients.web"),
)
_BESIDE = ("Xlib.ext.dpms", "pyttsx3.drivers.espeak", "pystray", "pystray._base")
"""What others import by name."""


def _site() -> Path:
    return Path(str(metadata.distribution("numpy").locate_file(""))).resolve()


def _taken() -> set[str]:
    """Files below site-packages that an installation takes."""
    return {place for package in packages.needed_packages() for _, place in package.files}


class _Without:
    """Finds what Python's own finder does, but for what stays behind."""

    site, taken = _site(), _taken()

    @classmethod
    def find_spec(
        cls, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """As importlib.abc.MetaPathFinder has it."""
        found = importlib.machinery.PathFinder.find_spec(name, path, target)
        if found is None or found.origin is None or not found.origin.startswith("/"):
            return found
        origin = Path(found.origin)
        inside = origin.is_relative_to(cls.site)
        return found if not inside or str(origin.relative_to(cls.site)) in cls.taken else None


def _asked_late(module: ModuleType) -> Iterator[str]:
    """Modules of packages that are imported inside its functions."""
    tops = {place.partition("/")[0] for place in _Without.taken}
    for node in ast.walk(ast.parse(Path(str(module.__file__)).read_text())):
        names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and not node.level:
            names.append(str(node.module))
        yield from (name for name in names if name.partition(".")[0] in tops)


def _modules() -> Iterator[str]:
    for top in ("models", "enroll", "daemon"):
        folders = importlib.import_module(top).__path__
        for module in pkgutil.walk_packages(folders, f"{top}."):
            if not (module.name.startswith(_WORKSHOP) or module.name.endswith("__main__")):
                yield module.name


if __name__ == "__main__":
    loaded = {"cv2", "numpy", "rich"} & set(sys.modules)
    if loaded:
        raise SystemExit(f"there before: {loaded}")
    sys.meta_path[sys.meta_path.index(importlib.machinery.PathFinder)] = _Without
    os.environ["PYSTRAY_BACKEND"] = "dummy"
    for name in _modules():
        for late in _asked_late(importlib.import_module(name)):
            importlib.import_module(late)
    for name in _BESIDE:
        importlib.import_module(name)
    sys.stdout.write("\n".join(sorted(sys.modules)))
