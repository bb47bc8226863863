"""`python -m models.convert`, as the command line starts it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from models.assets import prepared
from models.assets.catalogue import MODELS, spec
from tests.models.convert import chips


def convert(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-P", "-m", "models.convert", *arguments],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_fresh_conversion_says_only_what_a_person_should_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A user's own settings of Keras must not decide what is converted.
    settings = tmp_path / "keras"
    settings.mkdir()
    (settings / "keras.json").write_text(
        json.dumps({"image_data_format": "channels_first", "backend": "jax", "floatx": "float64"})
    )
    cache = str(tmp_path / "cache")
    made = convert(
        "mtcnn",
        FACELATCH_CACHE=cache,
        KERAS_HOME=str(settings),
        KERAS_BACKEND="jax",
        TF_USE_LEGACY_KERAS="1",
    )
    lines = made.stderr.splitlines()
    assert made.returncode == 0, made.stderr
    assert made.stdout == ""
    assert len(lines) >= 5
    assert all(line.startswith("mtcnn: ") for line in lines), lines
    assert lines[-1] == "mtcnn: converted, runs as float32"
    monkeypatch.setenv("FACELATCH_CACHE", cache)
    assert prepared.verify(spec("mtcnn")).precision == "float32"


def test_what_is_ready_needs_no_tensorflow() -> None:
    chips.prepared("mtcnn")
    program = (
        "import sys; sys.argv[1:] = ['mtcnn']\n"
        "from models.convert.__main__ import main\n"
        "assert main() == 0\n"
        "assert not {'tensorflow', 'keras'} & set(sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.strip() == "mtcnn: ready, runs as float32"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("haar", "haar needs no conversion; it runs as it is"),
        ("nix", f"no model 'nix'; one of: {', '.join(MODELS)}"),
    ],
)
def test_what_cannot_be_converted_is_one_line(name: str, message: str) -> None:
    done = convert(name)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == f"{message}\n"


def test_missing_weights_are_one_line(tmp_path: Path) -> None:
    done = convert("facenet-vggface2", FACELATCH_CACHE=str(tmp_path))
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].endswith("run: facelatch models fetch facenet-vggface2")
    assert "Traceback" not in done.stderr


def test_without_tensorflow_it_says_what_to_install(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['tensorflow'] = None; sys.argv[1:] = ['mtcnn']\n"
        "from models.convert.__main__ import main\n"
        "sys.exit(main())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"FACELATCH_CACHE": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].endswith("run: pip install 'facelatch[workshop]'")
    assert "Traceback" not in done.stderr
