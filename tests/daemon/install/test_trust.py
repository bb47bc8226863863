"""What a setup finds is not believed: folders, links, sources, caches and programs of others."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from daemon.install import networks, plan, steps, trust
from daemon.install.errors import InstallError
from daemon.install.places import Places
from daemon.install.plan import InstallOptions
from models.assets import catalogue, prepared
from models.assets.catalogue import ModelSpec

ME = os.geteuid()


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """Our own folder, as a setup makes it."""
    folder = tmp_path / "opt" / "facelatch"
    trust.make_ours(folder)
    return folder


def _loose(folder: Path) -> None:
    folder.chmod(0o777)


def _unstamped(folder: Path) -> None:
    (folder / trust.STAMP).unlink()


def _stamp_is_a_link(folder: Path) -> None:
    stamp = folder / trust.STAMP
    stamp.rename(folder / "elsewhere")
    stamp.symlink_to(folder / "elsewhere")


def _link(folder: Path) -> None:
    folder.rename(folder.with_name("elsewhere"))
    folder.symlink_to(folder.with_name("elsewhere"))


def _file(folder: Path) -> None:
    folder.rename(folder.with_name("elsewhere"))
    folder.write_text("mine")


def test_our_own_folder_is_ours(program: Path, tmp_path: Path) -> None:
    trust.require_ours(program, owner=ME)
    trust.require_ours(tmp_path / "none", owner=ME)
    trust.make_ours(program)


@pytest.mark.parametrize("change", [_loose, _unstamped, _stamp_is_a_link, _link, _file])
def test_what_is_not_ours_is_neither_filled_nor_deleted(
    program: Path, tmp_path: Path, change: Callable[[Path], None]
) -> None:
    (program / "precious").write_text("theirs")
    change(program)
    before = sorted(path.name for path in tmp_path.rglob("*"))
    with pytest.raises(InstallError, match=str(program)):
        trust.make_ours(program)
    places = Places(tmp_path)
    with pytest.raises(InstallError, match=str(program)):
        next(plan.remove(places, InstallOptions(), booted=False))
    with pytest.raises(InstallError):
        next(plan.install(places, InstallOptions(), lambda _: None, booted=False))
    assert sorted(path.name for path in tmp_path.rglob("*")) == before


def test_a_folder_of_another_user_is_not_ours(program: Path) -> None:
    with pytest.raises(InstallError, match="is not root's"):
        trust.require_ours(program, owner=ME + 1)


def test_the_folder_of_a_version_without_a_stamp_is_ours(program: Path) -> None:
    _unstamped(program)
    (program / "venv").mkdir()
    (program / "venv" / "facelatch.json").write_text("{}")
    trust.require_ours(program, owner=ME)


def test_sources_that_others_can_write_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "checkout"
    folder.mkdir()
    file = folder / "module.py"
    file.write_text("")
    trusted = frozenset({0, ME})
    trust.refuse_open_sources([file], trusted)
    file.chmod(0o666)
    with pytest.raises(InstallError, match=r"module\.py can be written by everybody"):
        trust.refuse_open_sources([file], trusted)
    file.chmod(0o644)
    folder.chmod(0o777)
    with pytest.raises(InstallError, match="checkout can be written by everybody"):
        trust.refuse_open_sources([file], trusted)
    folder.chmod(0o755)
    with pytest.raises(InstallError, match="belongs to"):
        trust.refuse_open_sources([file], frozenset({ME + 1}))


def test_only_root_and_who_called_are_trusted() -> None:
    assert trust.callers({}) == {0, ME}
    assert trust.callers({"SUDO_UID": "1234"}) == {0, ME, 1234}
    assert trust.callers({"SUDO_UID": "-1", "PKEXEC_UID": "x"}) == {0, ME}


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """A cache with networks that somebody converted."""
    folder = tmp_path / "cache"
    folder.mkdir()
    with networks.using(folder):
        spec = catalogue.spec("mtcnn")
        prepared.write(spec, {one: {"float32": b"theirs"} for one in spec.networks}, "float32", {})
    return folder


def test_converted_networks_of_another_user_are_made_anew(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []

    def convert(spec: ModelSpec) -> None:
        made.append(spec.name)

    monkeypatch.setattr(networks, "is_own", lambda _: False)
    networks.provide(catalogue.spec("mtcnn"), tmp_path / "target", [cache], convert)
    assert made == ["mtcnn"]
    assert not list((tmp_path / "target").rglob("*.tflite"))


def test_own_is_all_of_a_folder(cache: Path) -> None:
    assert trust.is_own(cache)
    next(cache.rglob("*.tflite")).chmod(0o666)
    assert not trust.is_own(cache)


def test_programs_are_not_found_by_the_callers_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = tmp_path / "systemctl-of-theirs"
    theirs.write_text("#!/bin/sh\necho theirs\n")
    theirs.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InstallError, match="not installed here"):
        steps.run(["systemctl-of-theirs"])
    assert steps.missing(["systemctl-of-theirs", "sh"]) == ["systemctl-of-theirs"]


def test_programs_get_nothing_of_the_callers_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LD_PRELOAD_LIKE", "theirs")
    assert "theirs" not in steps.run(["env"])


def test_the_lock_is_no_link(tmp_path: Path) -> None:
    places = Places(tmp_path / "machine")
    places.lock.parent.mkdir(parents=True)
    precious = tmp_path / "precious"
    places.lock.symlink_to(precious)
    with pytest.raises(OSError, match="symbolic"), plan.only_one(places):
        pass
    assert not precious.exists()
