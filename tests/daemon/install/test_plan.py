"""Which steps an installation and its removal take, in a folder that stands for the machine."""

import os
import pwd
from pathlib import Path

import pytest

from daemon.install import plan
from daemon.install.errors import InstallError
from daemon.install.places import FILES, PACKAGE, Places
from daemon.install.plan import InstallOptions
from tests.daemon.install.system import POLKIT, System, take
from tests.data import ROOT


def _install(places: Places, *, start: bool = True, booted: bool = True) -> list[str]:
    options = InstallOptions(embedder="resnet", start=start)
    return take(plan.install(places, options, lambda _: None, booted=booted))


def _remove(places: Places, *, keep_data: bool = False, booted: bool = True) -> list[str]:
    return take(plan.remove(places, InstallOptions(keep_data=keep_data), booted=booted))


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
    done = take(plan.refresh(packaged, options, lambda _: None, booted=True))
    assert f"bring the networks of resnet to {packaged.cache}" in done
    assert "start facelatch.service" in done
    assert not [line for line in done if line.startswith(("write", "copy", "link"))]
    assert not packaged.program.exists()


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
    take(plan.install(places, options, lambda _: None, booted=True))
    policy = places.files["org.facelatch.Facelatch1.conf"]
    policy.chmod(0o666)
    system.asked.clear()
    assert waited == []
    assert take(plan.install(places, options, lambda _: None, booted=True)) == [
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
