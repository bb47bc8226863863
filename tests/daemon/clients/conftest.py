"""The command line as a person meets it: a call, an exit code, what was printed."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import pytest

from daemon.clients.cli.main import main
from daemon.clients.cli.prepare import ensure_prepared
from models.types import Image
from tests.portraits import owner_portrait, stranger_portrait


@dataclass(frozen=True)
class Answer:
    """How one call ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as one JSON value."""
        return json.loads(self.out)

    @property
    def complaint(self) -> str:
        """The one line on standard error; fails where there is not exactly one."""
        (line,) = self.err.strip().splitlines()
        return line


Call = Callable[..., Answer]


@pytest.fixture(scope="session")
def prepared_models() -> None:
    """The networks that PyPI's packages bring, converted once."""
    ensure_prepared(["mtcnn", "resnet"], quiet=True)


@pytest.fixture
def facelatch(
    prepared_models: None,  # noqa: ARG001 - asked for, not used
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> Call:
    """Calls `facelatch` in this process, in a home of its own."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.delenv("FACELATCH_SOURCE", raising=False)

    def call(*arguments: str | Path) -> Answer:
        capfd.readouterr()
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as stop:  # argparse
            code = int(stop.code or 0)
        out, err = capfd.readouterr()
        return Answer(code, out, err)

    return call


RESNET = ("--embedder", "resnet")


@pytest.fixture
def owner_picture(tmp_path: Path) -> Path:
    """A photo of the owner."""
    return write(tmp_path / "owner.png", owner_portrait())


@pytest.fixture
def stranger_picture(tmp_path: Path) -> Path:
    """A photo of the stranger."""
    return write(tmp_path / "stranger.png", stranger_portrait())


@pytest.fixture
def enrolled(facelatch: Call, owner_picture: Path) -> Call:
    """`facelatch` with the owner, Eileen, enrolled from one picture."""
    answer = facelatch("enroll", "Eileen", "--source", owner_picture, *RESNET)
    assert answer.code == 0, answer.err
    return facelatch


def write(path: Path, image: Image) -> Path:
    """Writes `image` as the kind of file that the name says."""
    assert cv2.imwrite(str(path), image)
    return path
