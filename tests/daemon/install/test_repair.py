"""Which steps mend an installation out of what it holds itself."""

import shutil
from pathlib import Path

import pytest

from daemon.install import environment, networks, plan
from daemon.install.errors import InstallError
from daemon.install.places import PACKAGE, Places
from tests.daemon.install.system import System, take
from tests.data import ROOT


@pytest.fixture
def packaged(tmp_path: Path, system: System) -> Places:
    """An installation by a package, whole and running."""
    found = Places(tmp_path / "machine", PACKAGE)
    originals = found.environment / environment.UNIT_FILES
    shutil.copytree(ROOT / "systemd", originals)
    for name, place in found.files.items():
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(PACKAGE.text((originals / name).read_bytes()))
    found.command.parent.mkdir(parents=True)
    found.command.symlink_to(found.environment / "bin/facelatch")
    for folder in (found.cache, found.configuration):
        folder.mkdir(parents=True)
    for name in ("mtcnn", "resnet"):
        (found.cache / name).touch()
    system.users |= {"facelatch", "facelatch-unlocker"}
    units = ("facelatch-camera.socket", "facelatch-unlocker.socket", "facelatch.service")
    system.active |= set(units)
    system.enabled |= {*units, "facelatch-agent.service"}
    return found


def _repair(places: Places) -> list[str]:
    return take(plan.repair(places, lambda _: None, booted=True))


@pytest.mark.usefixtures("resnet_is_best")
def test_what_is_whole_is_left_alone(packaged: Places) -> None:
    assert _repair(packaged) == []


@pytest.mark.usefixtures("resnet_is_best")
def test_what_is_missing_is_mended_from_the_installation_itself(
    packaged: Places, system: System
) -> None:
    policy = packaged.files["org.facelatch.Facelatch1.conf"]
    action = packaged.files["org.facelatch.Facelatch1.policy"]
    unit = packaged.files["facelatch.service"]
    wanted = [place.read_bytes() for place in (policy, action, unit)]
    policy.unlink()
    action.write_bytes(b"")
    unit.unlink()
    packaged.command.unlink()
    (packaged.cache / "resnet").unlink()
    system.users.discard("facelatch-unlocker")
    system.enabled.discard("facelatch-camera.socket")
    system.active -= {"facelatch.service"}
    system.failed.add("facelatch.service")
    assert _repair(packaged) == [
        "add the users facelatch and facelatch-unlocker",
        f"write {unit}",
        f"write {policy}",
        f"write {action}",
        f"link {packaged.command} to {packaged.environment / 'bin/facelatch'}",
        f"bring the networks of resnet to {packaged.cache}",
        "reload systemd",
        "reload the message bus",
        "reset facelatch.service, which failed",
        "enable facelatch-camera.socket",
        "start facelatch.service",
    ]
    assert [place.read_bytes() for place in (policy, action, unit)] == wanted
    assert _repair(packaged) == []


@pytest.mark.usefixtures("resnet_is_best")
def test_what_a_package_leaves_to_root_is_not_mended(packaged: Places) -> None:
    packaged.files["facelatch-agent.desktop"].unlink()
    assert _repair(packaged) == []


@pytest.mark.usefixtures("resnet_is_best")
def test_networks_that_cannot_be_used_go(packaged: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    spoilt = {"resnet"}
    monkeypatch.setattr(networks, "is_damaged", lambda spec, _: spec.name in spoilt)
    monkeypatch.setattr(networks, "forget", lambda spec, _: spoilt.discard(spec.name))
    assert _repair(packaged) == [f"remove the damaged networks of resnet from {packaged.cache}"]
    assert spoilt == set()


def test_what_is_not_there_cannot_be_mended(places: Places) -> None:
    with pytest.raises(InstallError, match="not installed here; run: sudo facelatch setup"):
        _repair(places)
