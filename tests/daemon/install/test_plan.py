"""Which steps an installation and its removal take, in a folder that stands for the machine."""

import os
import pwd
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from daemon.install import environment, networks, plan, steps
from daemon.install.errors import InstallError
from daemon.install.packages import Package
from daemon.install.places import FILES, PACKAGE, Places
from daemon.install.plan import InstallOptions
from daemon.install.steps import Step
from models.assets import catalogue
from models.assets.catalogue import ModelSpec
from tests.data import ROOT

POLKIT = "usr/share/dbus-1/system-services/org.freedesktop.PolicyKit1.service"


class System:
    """Stands for systemd and the lists of users: remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.users: set[str] = set()
        self.missing: list[str] = []
        self.enabled: set[str] = set()
        self.active: set[str] = set()
        self.failed: set[str] = set()

    def run(self, command: Sequence[str]) -> str:
        line = " ".join(command)
        self.asked.append(line)
        unit = command[-1]
        for word, units in (
            ("is-enabled", self.enabled),
            ("is-active", self.active),
            ("is-failed", self.failed),
        ):
            if word in command and unit not in units:
                raise InstallError(f"not {word}")
        for words, units in (
            (("enable", "disable"), self.enabled),
            (("start", "stop"), self.active),
        ):
            if words[0] in command:
                units.add(unit)
            if words[1] in command:
                units.discard(unit)
        if "reset-failed" in command:
            self.failed.discard(unit)
        if command[0] == "systemd-sysusers":
            self.users |= {"facelatch", "facelatch-unlocker"}
        if command[0] == "userdel":
            self.users.remove(command[1])
        return ""

    def changes(self) -> list[str]:
        return [line for line in self.asked if " is-" not in line]


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


def _install(places: Places, *, start: bool = True, booted: bool = True) -> list[str]:
    options = InstallOptions(embedder="resnet", start=start)
    return _take(plan.install(places, options, lambda _: None, booted=booted))


def _remove(places: Places, *, keep_data: bool = False, booted: bool = True) -> list[str]:
    return _take(plan.remove(places, InstallOptions(keep_data=keep_data), booted=booted))


def _take(found: Iterable[Step]) -> list[str]:
    texts = []
    for step in found:
        if step.needed():
            texts.append(step.text)
            step.take()
    return texts


def _files(places: Places) -> set[str]:
    return {
        str(path.relative_to(places.root))
        for path in places.root.rglob("*")
        if not path.is_dir() or path.is_symlink()
    } - {POLKIT}


def test_everything_is_put_where_it_belongs(places: Places, system: System) -> None:
    _install(places)
    for name, place in FILES.items():
        assert (places.root / place).read_bytes() == (ROOT / "systemd" / name).read_bytes()
        assert (places.root / place).stat().st_mode & 0o777 == 0o644
    assert places.command.readlink() == places.environment / "bin/facelatch"
    assert "facelatch.service" in system.enabled & system.active


def test_beside_a_package_nothing_is_begun(places: Places, system: System) -> None:
    (places.root / "usr/lib/facelatch").mkdir(parents=True)
    with pytest.raises(InstallError, match=r"installed Facelatch already; .*apt remove facelatch"):
        _install(places)
    assert system.changes() == []


@pytest.mark.usefixtures("system")
def test_a_package_leaves_networks_and_sockets_to_setup(tmp_path: Path) -> None:
    packaged = Places(tmp_path / "machine", PACKAGE)
    packaged.cache.mkdir(parents=True)
    options = InstallOptions(embedder="resnet")
    done = _take(plan.refresh(packaged, options, lambda _: None, booted=True))
    assert f"bring the networks of resnet to {packaged.cache}" in done
    assert "start facelatch.service" in done
    assert not [line for line in done if line.startswith(("write", "copy", "link"))]
    assert not packaged.program.exists()


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
    return _take(plan.repair(places, lambda _: None, booted=True))


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


def test_every_file_of_systemd_is_installed() -> None:
    assert {path.name for path in (ROOT / "systemd").iterdir()} == set(FILES)


def test_without_systemd_or_polkit_nothing_is_begun(places: Places, system: System) -> None:
    system.missing = ["systemctl"]
    with pytest.raises(InstallError, match="needs systemd, and systemctl is not"):
        _install(places)
    system.missing = []
    (places.root / POLKIT).unlink()
    with pytest.raises(InstallError, match="needs polkit"):
        _install(places)
    assert _files(places) == set()
    assert system.asked == []


def test_twice_is_once(places: Places, system: System) -> None:
    _install(places)
    before = system.changes()
    assert _install(places) == []
    assert system.changes() == before


def test_the_user_comes_before_the_policy_that_names_it(places: Places, system: System) -> None:
    texts = _install(places)
    names = [text.rpartition("/")[2] for text in texts]
    assert texts.index("add the users facelatch and facelatch-unlocker") < names.index(
        "org.facelatch.Facelatch1.conf"
    )
    assert system.users == {"facelatch", "facelatch-unlocker"}


@pytest.mark.usefixtures("system")
def test_the_program_is_replaced_last(places: Places) -> None:
    texts = _install(places)
    copied = next(index for index, text in enumerate(texts) if text.startswith("copy "))
    networks_ = [index for index, text in enumerate(texts) if "networks" in text]
    assert max(networks_) < copied < texts.index("enable facelatch-camera.socket")


def test_what_changed_is_mended_and_the_service_restarted(places: Places, system: System) -> None:
    waited: list[str] = []
    options = InstallOptions(embedder="resnet", quiet=lambda: waited.append("restart"))
    _take(plan.install(places, options, lambda _: None, booted=True))
    policy = places.files["org.facelatch.Facelatch1.conf"]
    policy.chmod(0o666)
    system.asked.clear()
    assert waited == []
    assert _take(plan.install(places, options, lambda _: None, booted=True)) == [
        f"write {policy}",
        "reload systemd",
        "reload the message bus",
        "wait until nobody is before the camera",
        "restart facelatch.service",
    ]
    assert waited == ["restart"]
    system.active |= {"facelatch-camera.service", "facelatch-unlocker.service"}
    policy.chmod(0o666)
    assert [line for line in _install(places) if line.startswith("restart")] == [
        "restart facelatch-camera.service",
        "restart facelatch-unlocker.service",
        "restart facelatch.service",
    ]


def test_nothing_is_started_against_the_callers_wish(places: Places, system: System) -> None:
    _install(places, start=False)
    assert "facelatch.service" in system.enabled
    assert "facelatch.service" not in system.active


def test_a_folder_that_is_no_machine_yet(places: Places, system: System) -> None:
    _install(places, booted=False)
    told = [line for line in system.changes() if not line.startswith("systemd-")]
    units = ("facelatch-camera.socket", "facelatch-unlocker.socket", "facelatch.service")
    assert told == [
        *(f"systemctl enable --quiet {unit}" for unit in units),
        "systemctl --global enable --quiet facelatch-agent.service",
    ]


def test_removing_leaves_nothing(places: Places, system: System) -> None:
    before = _files(places)
    _install(places)
    (places.state / "templates").mkdir(parents=True)
    (places.configuration / "config.toml").write_text("")
    places.credential.parent.mkdir(parents=True)
    places.credential.write_text("sealed")
    _remove(places)
    assert _files(places) == before
    assert not (places.root / "usr/local/lib/systemd").exists()
    assert not (places.root / "usr/local/share/dbus-1").exists()
    assert not (places.root / "etc/xdg/autostart").exists()
    assert not system.users
    assert not system.enabled
    assert not system.active


def test_removing_twice_is_once(places: Places, system: System) -> None:
    _install(places)
    _remove(places)
    before = system.changes()
    assert _remove(places) == []
    assert system.changes() == before


def test_what_people_made_may_stay(places: Places, system: System) -> None:
    _install(places)
    places.state.mkdir(parents=True)
    (places.state / "key").write_text("")
    (places.configuration / "config.toml").write_text("")
    places.credential.parent.mkdir(parents=True)
    places.credential.write_text("sealed")
    _remove(places, keep_data=True)
    kept = {"var/lib/facelatch/key", "etc/facelatch/config.toml"}
    assert _files(places) == kept | {"etc/credstore.encrypted/facelatch-key"}
    assert system.users == {"facelatch", "facelatch-unlocker"}


@pytest.mark.parametrize("steps_taken", [1, 3, 8, 12])
def test_half_an_installation_is_removed_too(
    places: Places, system: System, steps_taken: int
) -> None:
    installing = plan.install(
        places, InstallOptions(embedder="resnet"), lambda _: None, booted=True
    )
    for _ in range(steps_taken):
        step = next(installing)
        if step.needed():
            step.take()
    _remove(places)
    assert _files(places) == set()
    assert not system.users


def test_the_command_of_another_is_left_alone(places: Places, system: System) -> None:
    places.command.parent.mkdir(parents=True)
    places.command.write_text("mine")
    _install(places)
    _remove(places)
    assert places.command.read_text() == "mine"
    assert not system.active


def test_a_link_in_place_of_a_folder_is_removed_not_followed(
    places: Places, system: System, tmp_path: Path
) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "file").write_text("")
    _install(places)
    places.state.parent.mkdir(parents=True, exist_ok=True)
    places.state.symlink_to(precious)
    _remove(places)
    assert (precious / "file").exists()
    assert not os.path.lexists(places.state)
    assert not system.active


def test_two_at_once_are_one_too_many(places: Places, system: System) -> None:
    assert not system.active
    with (
        plan.only_one(places),
        pytest.raises(InstallError, match="another facelatch setup"),
        plan.only_one(places),
    ):
        pass
    with plan.only_one(places):
        pass
    assert places.lock.stat().st_mode & 0o777 == 0o600


def test_who_is_unlocked_with_their_own_rights_gets_a_socket(
    places: Places, system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [pwd.struct_passwd((name, "x", uid, uid, "", "/", "")) for name, uid in _PEOPLE]
    monkeypatch.setattr(pwd, "getpwall", lambda: people)
    places.configuration.mkdir(parents=True)
    configuration = places.configuration / "config.toml"
    configuration.write_text('[unlock.methods]\nada-b = ["signal swaylock"]\n')
    _install(places)
    own = r"facelatch-unlock@ada\x2db.socket"
    assert {unit for unit in system.enabled if "@" in unit} == {own}
    assert own in system.active
    wants = places.root / "etc/systemd/system/sockets.target.wants"
    wants.mkdir(parents=True)
    (wants / own).symlink_to("/dev/null")
    configuration.write_text("")
    _install(places)
    assert not [unit for unit in system.enabled if "@" in unit]


_PEOPLE = (("root", 0), ("daemon", 1), ("ada-b", 1000), ("bob", 1001), ("nobody", 65534))
