"""A mirror, server or folder, is asked instead and cannot change what is accepted."""

import os
from pathlib import Path

import pytest

from models.assets import fetch
from models.errors import UsageError
from tests.models.assets.fetch.fetching import HALF, NAME, fails, leave_partial, present
from tests.models.fakes import CONTENT, download, model
from tests.models.web import Web


def test_a_mirror_is_asked_instead(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    web.files[f"/deep/{NAME}"] = CONTENT
    monkeypatch.setenv("FACELATCH_MIRROR", f"{web.base}/deep/?token=1")
    fetch.fetch(model(download(f"https://release.invalid/v1/{NAME}")))
    assert web.asked == [(f"/deep/{NAME}?token=1", None)]


def test_a_mirror_folder_is_copied_from(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(CONTENT)
    monkeypatch.setenv("FACELATCH_MIRROR", str(tmp_path))
    spec = model(download(f"https://release.invalid/{NAME}"))
    assert fetch.fetch(spec)[0].path.read_bytes() == CONTENT
    assert (tmp_path / NAME).exists()


def test_a_part_from_elsewhere_is_resumed_from_a_mirror_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    leave_partial(CONTENT[:HALF])
    (tmp_path / NAME).write_bytes(CONTENT)
    monkeypatch.setenv("FACELATCH_MIRROR", str(tmp_path))
    fetch.fetch(model(download(f"https://release.invalid/{NAME}")))
    assert present() == {NAME}


def test_a_mirror_cannot_change_the_digest(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(CONTENT[:-1] + b"x")
    monkeypatch.setenv("FACELATCH_MIRROR", str(tmp_path))
    fails(model(download(f"https://release.invalid/{NAME}")), "something else")
    assert present() == set()


def test_a_mirror_folder_without_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FACELATCH_MIRROR", str(tmp_path))
    spec = model(download(f"https://release.invalid/{NAME}"))
    fails(spec, f"cannot read {tmp_path / NAME}")
    os.mkfifo(tmp_path / NAME)
    fails(spec, "is not a file")


@pytest.mark.parametrize(
    "mirror",
    [
        "ftp://127.0.0.1/",
        "file:///etc",
        "https://",
        "https://[",
        "http://127.0.0.1:99999/",
        "https://user:secret@example.org/",
        "/no/such/folder",
        "a\0b",
    ],
)
def test_a_mirror_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, mirror: str) -> None:
    monkeypatch.setattr("os.environ", {**os.environ, "FACELATCH_MIRROR": mirror})
    with pytest.raises(UsageError) as caught:
        fetch.fetch(model(download(f"https://release.invalid/{NAME}")))
    assert "FACELATCH_MIRROR" in str(caught.value)
    assert "secret" not in str(caught.value)
    assert str(caught.value).isprintable()
