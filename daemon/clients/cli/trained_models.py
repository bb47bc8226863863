"""Rows of `facelatch models list` for networks that a person trained."""

from typing import Any

from models.assets import trained
from models.errors import FacelatchError


def rows() -> list[dict[str, Any]]:
    """One a network, with the same keys as those of the zoo; a damaged one says so."""
    return [_row(name) for name in trained.names()]


def _row(name: str) -> dict[str, Any]:
    row: dict[str, Any] = {
        "name": name,
        "kind": "embedder",
        "title": "",
        "state": "corrupt",
        "ready": False,
        "auto": False,
        "why": "",
        "note": "",
        "precision": None,
        "size": 0,
        "licence": "yours",
        "source": "facelatch train",
        "sources": [],
        "digest": "",
        "path": str(trained.folder(name)),
        "networks": [],
        "problem": "",
    }
    try:
        found, _ = trained.load(name)
    except FacelatchError as error:
        return {**row, "problem": error.message}
    known = f"AUC {found.auc:.4f} on {found.people} people held out"
    weak = "; too weak to unlock a session" if found.weakness else ""
    return {
        **row,
        "title": f"trained here: {found.tower}, {found.loss}",
        "state": "prepared",
        "ready": True,
        "note": (known if found.people else "never measured") + weak,
        "precision": "float32",
        "size": found.bytes,
        "digest": found.sha256,
        "sources": [{"sha256": found.sha256}],
    }
