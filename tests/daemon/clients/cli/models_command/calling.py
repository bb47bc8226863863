"""What the tests of `facelatch models` share: a model of their own, and calls of the command."""

import argparse
import json
from pathlib import Path
from typing import Any

import pytest

from daemon.clients.cli import models as command
from tests.data import ROOT
from tests.models.fakes import download, model

FAKE = model(download("https://release.invalid/weights.bin"), name="fake", networks=("embedder",))

CONVERTS = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from models.assets import prepared
from tests.daemon.clients.cli.models_command.calling import FAKE
print("fake: at work", file=sys.stderr)
prepared.write(FAKE, {{"embedder": {{"float32": b"network"}}}}, "float32", {{"refused": "int8 no"}})
"""


def runs(tmp_path: Path) -> int:
    noted = tmp_path / "runs"
    return len(noted.read_text().splitlines()) if noted.exists() else 0


def call(*words: str) -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--debug", action="store_true")
    command.configure(parser)
    return command.run(parser.parse_args(words))


def answer(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> dict[str, Any]:
    """What the command says in JSON, by model."""
    assert call(*words, "--json") == code
    rows = json.loads(capsys.readouterr().out)
    return {row["name"]: row for row in rows}
