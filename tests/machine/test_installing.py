"""`facelatch setup` on a booted machine: it does what it says, once; nothing is left in the end."""

import os
import shutil
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


def test_an_upgrade_keeps_what_people_made_and_chose(bare: Machine) -> None:
    service = Service(bare)
    setup(bare)
    service.film("ada")
    service.enrol("ada")
    configuration = (bare.root / "etc/facelatch/config.toml").read_bytes()
    templates = (bare.root / "var/lib/facelatch/templates/ada.templates").read_bytes()
    before = service.property("MainPID")

    newer = newer_checkout(bare)
    said = bare.out(*setup_command(checkout=newer))
    assert "restart facelatch.service" in said

    assert service.property("MainPID") not in ("0", before)
    assert (bare.root / "etc/facelatch/config.toml").read_bytes() == configuration
    assert (bare.root / "var/lib/facelatch/templates/ada.templates").read_bytes() == templates
    installed = next((bare.root / "opt/facelatch/venv/lib").glob("*/site-packages/daemon/app.py"))
    assert installed.read_text().endswith("# a newer version\n")
    assert service.ask("ListUsers") == [["ada"]]
    setup(bare, "--remove")
    shutil.rmtree(bare.root / newer.relative_to("/"))


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


def test_wrong_input_gets_one_line(bare: Machine) -> None:
    setup(bare, "--no-start")
    for arguments, user, said in (
        (("setup",), "ada", "only root can install the service"),
        (("setup", "--remove"), "bob", "only root can install the service"),
        (("setup", "--keep-data"), "root", "goes with --remove"),
        (("setup", "--embedder", "none"), "root", "none"),
        (("setup", "again"), "root", "again"),
    ):
        done = bare.call("facelatch", *arguments, user=user, check=False)
        assert done.returncode == 2
        assert said in done.stderr.splitlines()[-1]
        assert "Traceback" not in done.stderr
    setup(bare, "--remove")


def test_a_damaged_installation_is_mended(bare: Machine) -> None:
    setup(bare)
    network = next((bare.root / "var/cache/facelatch/prepared").glob("mtcnn-*/onet.*.tflite"))
    network.write_bytes(network.read_bytes()[:-1])
    (bare.root / "etc/polkit-1/rules.d/50-org.facelatch.rules").write_text("// gone\n")
    (bare.root / "opt/facelatch/venv/facelatch.json").unlink()
    said = setup(bare)
    assert "mtcnn" in said
    assert "polkit" in said
    assert "restart facelatch.service" in said
    assert setup(bare) == "nothing to do"
    setup(bare, "--remove")
