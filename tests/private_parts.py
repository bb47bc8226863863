"""What other packages keep to themselves and ours overrides, read without importing it."""

import ast
import hashlib
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path


def digest(package: str, file: str, *names: str) -> str:
    """Digest of the source of classes, functions and constants, dots between a class and its part.

    Fails where one of them is not there.
    """
    spec = find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    text = (Path(spec.origin).parent / file).read_text()
    found = dict(_parts(text, ast.parse(text).body, ""))
    joined = "\n".join(found[name] for name in names)
    return hashlib.sha256(joined.encode()).hexdigest()[:16]


def _parts(text: str, body: list[ast.stmt], prefix: str) -> Iterator[tuple[str, str]]:
    for node in body:
        source = ast.get_source_segment(text, node) or ""
        if isinstance(node, ast.ClassDef):
            yield prefix + node.name, source
            yield from _parts(text, node.body, f"{prefix}{node.name}.")
        elif isinstance(node, ast.FunctionDef):
            yield prefix + node.name, source
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            yield prefix + node.targets[0].id, source
