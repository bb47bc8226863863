"""`facelatch models verify`: what is intact, damaged or missing, without TensorFlow."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from daemon.clients.cli import prepare
from models.assets.catalogue import ModelSpec
from tests.daemon.clients.cli.models_command.calling import CONVERTS, answer, call
from tests.data import ROOT


def test_what_is_intact_is_called_so(
    capsys: pytest.CaptureFixture[str], fake: ModelSpec, child: Callable[[str], None]
) -> None:
    child(CONVERTS)
    prepare.prepare(fake, quiet=True)
    rows = answer(capsys, "verify")
    assert rows["fake"]["state"] == "prepared"
    assert rows["facenet-vggface2"]["state"] == "missing"


@pytest.mark.parametrize("damage", ["weights.bin", "embedder.float32.tflite", "manifest.json"])
def test_damage_is_found_and_named(
    capsys: pytest.CaptureFixture[str],
    fake: ModelSpec,
    child: Callable[[str], None],
    cache: Path,
    damage: str,
) -> None:
    child(CONVERTS)
    prepare.prepare(fake, quiet=True)
    (path,) = cache.rglob(damage)
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    row = answer(capsys, "verify", code=1)["fake"]
    assert row["state"] == "corrupt"
    assert str(path) in row["problem"]
    assert call("verify", fake.name) == 1
    assert f"fake: {path} is" in capsys.readouterr().out


def test_what_is_named_but_missing_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    row = answer(capsys, "verify", "facenet-vggface2", code=2)["facenet-vggface2"]
    assert "facelatch models fetch facenet-vggface2" in row["error"]


def test_the_command_never_imports_tensorflow(cache: Path) -> None:
    code = """
import argparse, sys
from daemon.clients.cli import models, prepare
parser = argparse.ArgumentParser()
models.configure(parser)
models.run(parser.parse_args(["verify", "--json"]))
heavy = {"tensorflow", "keras", "torch", "dlib", "onnx", "matplotlib", "mtcnn", "cv2"}
print(*sorted(heavy & set(sys.modules)), file=sys.stderr)
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "FACELATCH_CACHE": str(cache)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr.strip() == ""
