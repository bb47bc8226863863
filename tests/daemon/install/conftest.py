"""A folder that stands for the machine, with its system."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from daemon.install import environment, networks, plan, steps
from daemon.install.packages import Package
from daemon.install.places import Places
from models.assets import catalogue
from models.assets.catalogue import ModelSpec
from tests.daemon.install.system import POLKIT, System
from tests.data import ROOT


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(tmp_path / "machine")


@pytest.fixture
def system(places: Places, monkeypatch: pytest.MonkeyPatch) -> System:
    found = System()
    places.root.mkdir()

    def build(where: Places, planned: environment.Plan) -> None:
        (where.environment / "bin").mkdir(parents=True, exist_ok=True)
        (where.environment / "facelatch.json").write_text(f'{{"digest": "{planned.digest()}"}}')

    def run(command: Sequence[str]) -> str:
        if command[0] == "systemd-tmpfiles":
            places.configuration.mkdir(parents=True, exist_ok=True)
            places.cache.mkdir(parents=True, exist_ok=True)
        return found.run(command)

    def provide(spec: ModelSpec, target: Path, *_: object) -> None:
        (target / spec.name).write_text("")

    planned = environment.Plan(
        Path("/usr/bin/python3"), (Package("numpy", "2", ()),), ROOT, ROOT / "systemd"
    )
    monkeypatch.setattr(environment, "plan", lambda: planned)
    monkeypatch.setattr(environment, "build", build)
    monkeypatch.setattr(steps, "run", run)
    monkeypatch.setattr(steps, "missing", lambda _: found.missing)
    (places.root / POLKIT).parent.mkdir(parents=True)
    (places.root / POLKIT).write_text("")
    monkeypatch.setattr(plan, "user_exists", lambda name: name in found.users)
    monkeypatch.setattr(networks, "provide", provide)
    monkeypatch.setattr(
        networks, "is_missing", lambda spec, cache: not (cache / spec.name).exists()
    )
    return found


@pytest.fixture
def resnet_is_best(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = [catalogue.spec("mtcnn"), catalogue.spec("resnet")]
    monkeypatch.setattr(networks, "wanted", lambda *_: chosen)
    monkeypatch.setattr(networks, "beside", lambda _: [])
    monkeypatch.setattr(networks, "is_damaged", lambda *_: False)
