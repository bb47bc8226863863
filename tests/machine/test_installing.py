"""`facelatch setup` on a booted machine: it does what it says, once; nothing is left in the end."""

import os
from pathlib import Path

import pytest

from tests.machine.machine import Machine, kill, wait_for
from tests.machine.service import Service, newer_checkout, setup, setup_command

pytestmark = pytest.mark.slow

# Written by the system itself while it runs, or by any account that comes and goes.
PASSING = (
    "dev/",
    "etc/passwd-",
    "etc/group-",
    "etc/shadow-",
    "etc/gshadow-",
    "etc/.pwd.lock",
    "proc/",
    "run/",
    "sys/",
    "tmp/",
    "usr/lib/python3",
    "usr/share/python3",
    "var/lib/systemd/",
    "var/log/",
    "var/tmp/",
)


def content_of(machine: Machine) -> dict[str, str]:
    """Every file of the machine: its mode, and for those of /etc what is in them."""
    found = {}
    for folder, folders, files in os.walk(machine.root):
        for name in (*folders, *files):
            path = Path(folder, name)
            place = str(path.relative_to(machine.root))
            if place.startswith(PASSING) or f"{place}/" in PASSING:
                continue
            text = path.read_bytes().hex() if place.startswith("etc/") and path.is_file() else ""
            found[place] = f"{path.lstat().st_mode:o} {text}"
    return found


def difference(before: dict[str, str], after: dict[str, str]) -> list[str]:
    return sorted(
        place for place in before.keys() | after.keys() if before.get(place) != after.get(place)
    )


def test_trying_changes_nothing(bare: Machine) -> None:
    before = content_of(bare)
    said = setup(bare, "--dry-run").splitlines()
    assert len(said) > 10
    assert all(line.startswith("would ") for line in said)
    assert difference(before, content_of(bare)) == []


def test_installed_used_and_removed_without_a_trace(bare: Machine) -> None:
    before = content_of(bare)
    service = Service(bare)
    clips = difference(before, content_of(bare))
    said = setup(bare)
    assert "would" not in said
    assert "start facelatch.service" in said
    assert setup(bare) == "nothing to do"
    assert bare.out("facelatch", "--help", user="ada").startswith("usage: facelatch")
    service.film("ada")
    service.enrol("ada")
    assert (bare.root / "var/lib/facelatch/templates/ada.templates").is_file()
    # Of the state directory as it is in use, not only of what is in it.
    assert (bare.root / "var/lib/facelatch").stat().st_mode & 0o7777 == 0o700

    assert bare.out("facelatch", "setup") == "nothing to do"
    said = bare.out("facelatch", "setup", "--remove")
    assert "stop facelatch.service" in said
    assert "with the faces of people enrolled: 1" in said
    assert difference(before, content_of(bare)) == clips
    assert bare.call("id", "facelatch", check=False).returncode != 0
    assert "facelatch" not in bare.out("busctl", "list", "--acquired", "--activatable")
    units = bare.call("systemctl", "list-unit-files", "--no-legend", "facelatch*", check=False)
    assert units.stdout == ""
    assert setup(bare, "--remove") == "nothing to do"


def test_removed_and_installed_again_with_what_people_made(bare: Machine) -> None:
    service = Service(bare)
    setup(bare)
    service.film("ada")
    service.enrol("ada")
    setup(bare, "--remove", "--keep-data")
    assert not (bare.root / "opt/facelatch").exists()
    setup(bare)
    assert service.ask("ListUsers") == [["ada"]]
    setup(bare, "--remove")


def test_cut_short_it_is_finished_or_removed(bare: Machine) -> None:
    before = content_of(bare)
    for endings in (("", "--remove"), ("--remove",)):
        log = bare.root.with_name("setup.log")
        started = bare.start(log, *setup_command())
        copied = bare.root / "opt/facelatch/venv.new"
        wait_for(copied.is_dir, 180, "nothing is copied")
        kill(started)
        assert copied.is_dir(), log.read_text()
        for ending in endings:
            setup(bare, *ending.split())
            assert not copied.exists()
    assert setup(bare, "--remove") == "nothing to do"
    assert difference(before, content_of(bare)) == []


@pytest.fixture(scope="module")
def in_place(bare: Machine) -> Machine:
    """The service, installed once for the tests below, which leave it as it was or are the last."""
    setup(bare, "--no-start")
    assert bare.call("systemctl", "is-active", "facelatch", check=False).returncode != 0
    assert "start facelatch.service" in setup(bare)
    return bare


def test_wrong_input_gets_one_line(in_place: Machine) -> None:
    for arguments, user, said in (
        (("setup",), "ada", "only root can install the service"),
        (("setup", "--remove"), "bob", "only root can install the service"),
        (("setup", "--keep-data"), "root", "goes with --remove"),
        (("setup", "--embedder", "none"), "root", "none"),
        (("setup", "again"), "root", "again"),
    ):
        done = in_place.call("facelatch", *arguments, user=user, check=False)
        assert done.returncode == 2
        assert said in done.stderr.splitlines()[-1]
        assert "Traceback" not in done.stderr


def test_a_damaged_installation_is_mended(in_place: Machine) -> None:
    network = next((in_place.root / "var/cache/facelatch/prepared").glob("mtcnn-*/onet.*.tflite"))
    network.write_bytes(network.read_bytes()[:-1])
    (in_place.root / "etc/polkit-1/rules.d/50-org.facelatch.rules").write_text("// gone\n")
    (in_place.root / "opt/facelatch/venv/facelatch.json").unlink()
    said = setup(in_place)
    assert "mtcnn" in said
    assert "polkit" in said
    assert "restart facelatch.service" in said
    assert setup(in_place) == "nothing to do"


def test_an_upgrade_keeps_what_people_made_and_chose(in_place: Machine) -> None:
    service = Service(in_place)
    service.film("ada")
    service.enrol("ada")
    configuration = (in_place.root / "etc/facelatch/config.toml").read_bytes()
    templates = (in_place.root / "var/lib/facelatch/templates/ada.templates").read_bytes()
    before = service.property("MainPID")

    newer = newer_checkout(in_place)
    said = in_place.out(*setup_command(checkout=newer))
    assert "restart facelatch.service" in said

    assert service.property("MainPID") not in ("0", before)
    assert (in_place.root / "etc/facelatch/config.toml").read_bytes() == configuration
    assert (in_place.root / "var/lib/facelatch/templates/ada.templates").read_bytes() == templates
    installed = next(
        (in_place.root / "opt/facelatch/venv/lib").glob("*/site-packages/daemon/app.py")
    )
    assert installed.read_text().endswith("# a newer version\n")
    assert service.ask("ListUsers") == [["ada"]]
