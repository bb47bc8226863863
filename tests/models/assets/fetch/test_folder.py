"""The folder of weights: its permissions, what is planted in it, and where it cannot be written."""

import os
import resource
from pathlib import Path

import pytest

from models import files
from models.assets import fetch, weights
from models.assets.catalogue import ModelSpec
from tests.models.assets.fetch.fetching import HALF, NAME, fails
from tests.models.fakes import CONTENT
from tests.models.web import Web


def test_no_umask_makes_the_cache_writable_by_others_or_hides_the_weights(
    spec: ModelSpec, cache: Path
) -> None:
    for mask in (0o000, 0o077):
        before = os.umask(mask)
        try:
            target = fetch.fetch(spec)[0].path
        finally:
            os.umask(before)
        assert cache.stat().st_mode & 0o077 == 0
        assert target.parent.stat().st_mode & 0o022 == 0
        assert target.stat().st_mode & 0o777 == 0o644
        target.unlink()


def test_a_folder_that_others_can_write_is_not_used(web: Web, spec: ModelSpec) -> None:
    files.make_folder(weights.weights_folder())
    weights.weights_folder().chmod(0o777)
    fails(spec, "can be changed by other users")
    assert not web.asked


def test_a_planted_link_is_not_written_through(spec: ModelSpec, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    files.make_folder(weights.weights_folder())
    (weights.weights_folder() / f"{NAME}.part").symlink_to(victim)
    fails(spec, "cannot write to")
    assert victim.read_bytes() == b"precious"


def test_a_pipe_in_place_of_the_file_does_not_hang(spec: ModelSpec) -> None:
    files.make_folder(weights.weights_folder())
    os.mkfifo(weights.weights_folder() / NAME)
    fails(spec, "is not a file")


def test_a_full_disk_is_one_line_and_the_rest_follows_later(spec: ModelSpec) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (HALF, before[1]))
    try:
        fails(spec, "cannot write to")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert fetch.fetch(spec)[0].path.read_bytes() == CONTENT


def test_a_folder_that_cannot_be_made_is_one_line(
    spec: ModelSpec, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("FACELATCH_CACHE", str(tmp_path / "file"))
    fails(spec, "cannot write to")
