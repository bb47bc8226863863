"""What a package is made of: scripts that parse, entries that are valid, lists that agree."""

import runpy
import shutil
import subprocess
import tomllib
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from daemon.install.places import PACKAGE
from models.assets.catalogue import LIVENESS, spec
from tests.data import ROOT

FOLDER = ROOT / "packaging"
DEBIAN = FOLDER / "debian"
SCRIPTS = ("preinst", "postinst", "prerm", "postrm")
MACROS = {
    "%{_bindir}": "usr/bin",
    "%{_unitdir}": "usr/lib/systemd/system",
    "%{_userunitdir}": "usr/lib/systemd/user",
    "%{_sysusersdir}": "usr/lib/sysusers.d",
    "%{_tmpfilesdir}": "usr/lib/tmpfiles.d",
    "%{_datadir}": "usr/share",
    "%{_sysconfdir}": "etc",
    "%{_mandir}": "usr/share/man",
}


@pytest.fixture(scope="module")
def tree() -> dict[str, Any]:
    return runpy.run_path(str(FOLDER / "tree.py"))


@pytest.mark.parametrize("name", SCRIPTS)
def test_every_script_parses_and_ends_where_something_fails(name: str) -> None:
    script = DEBIAN / f"facelatch.{name}"
    subprocess.run(["sh", "-n", script], check=True)
    lines = script.read_text().splitlines()
    assert lines[:2] == ["#!/bin/sh", "set -e"]
    assert "#DEBHELPER#" in lines


def test_purging_takes_what_setup_would_take() -> None:
    script = (DEBIAN / "facelatch.postrm").read_text()
    for place in ("/var/lib/facelatch", "/var/cache/facelatch", "/etc/facelatch"):
        assert place in script
    assert "/var/backups/facelatch-pam" in script
    assert "/etc/credstore.encrypted/facelatch-key" in script
    assert "facelatch facelatch-unlocker" in script


def test_pam_is_put_back_before_the_program_goes() -> None:
    assert "facelatch pam disable" in (DEBIAN / "facelatch.prerm").read_text()


def test_what_other_packages_take_out_of_pams_files_comes_back(tmp_path: Path) -> None:
    triggers = (DEBIAN / "facelatch.triggers").read_text()
    assert triggers == "interest-noawait /etc/pam.d\ninterest-noawait /usr/lib/pam.d\n"
    assert (
        "%transfiletriggerin -- /etc/pam.d /usr/lib/pam.d\nfacelatch pam restore || :\n"
        in (FOLDER / "facelatch.spec").read_text()
    )
    hook = (FOLDER / "facelatch-pam.hook").read_text()
    assert "Target = etc/pam.d/*\nTarget = usr/lib/pam.d/*\n" in hook
    assert "Exec = /usr/bin/facelatch pam restore\n" in hook
    assert (
        '"$pkgdir/usr/share/libalpm/hooks/facelatch-pam.hook"' in (FOLDER / "PKGBUILD").read_text()
    )
    program = tmp_path / "facelatch"
    program.write_text(f'#!/bin/sh\necho "$@" >>{tmp_path}/called\nexit 1\n')
    program.chmod(0o755)
    # A file that cannot be put back fails nobody's upgrade.
    subprocess.run(
        ["sh", DEBIAN / "facelatch.postinst", "triggered", "/etc/pam.d"],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
        check=True,
        capture_output=True,
    )
    assert (tmp_path / "called").read_text() == "pam restore\n"


def test_an_upgrade_waits_for_who_is_before_the_camera_and_stops_the_service_after_it() -> None:
    script = (DEBIAN / "facelatch.prerm").read_text()
    waits = script.index("-m daemon.clients.quiet 60 || true")
    assert 'if [ "$1" = upgrade ]' in script[:waits]
    assert waits < script.index("#DEBHELPER#")


@pytest.mark.parametrize(
    "name", ["debian/facelatch.postinst", "facelatch.spec", "facelatch.install"]
)
def test_byte_code_is_made_of_the_same_everywhere(name: str) -> None:
    skipped = "'/models/(convert|evaluation|networks|training)/|/rich/_unicode_data/"
    assert (FOLDER / name).read_text().count(skipped) == 1


def test_the_recipe_for_arch_has_the_tree_and_its_version_and_parses() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    for name in ("PKGBUILD", "facelatch.install"):
        subprocess.run(["bash", "-n", FOLDER / name], check=True)
    recipe = (FOLDER / "PKGBUILD").read_text()
    assert f"pkgver={version}\n" in recipe
    assert 'packaging/tree.py "$pkgdir"' in recipe
    assert f":{version}}}\n" in (FOLDER / "facelatch.spec").read_text()


def test_the_recipe_for_rpm_has_the_same_files(tree: dict[str, Any]) -> None:
    text = (FOLDER / "facelatch.spec").read_text().partition("%files")[2]
    listed = []
    for line in text.splitlines():
        place = line.split()[-1] if line.split() else ""
        for macro, folder in MACROS.items():
            place = place.replace(macro, f"/{folder}")
        listed.append(place.lstrip("/"))
    zsh = {"usr/share/zsh/vendor-completions/_facelatch": "usr/share/zsh/site-functions/_facelatch"}
    for place in (
        *PACKAGE.files.values(),
        *tree["COPIED"].values(),
        *tree["PRINTED"],
        tree["ICON"],
    ):
        wanted = zsh.get(place, place)
        assert any(Path(wanted).match(one) for one in listed if one), wanted


def test_only_networks_with_a_licence_of_their_own_are_packaged() -> None:
    line = next(
        line
        for line in (ROOT / "scripts/package").read_text().splitlines()
        if line.startswith("networks=(")
    )
    names = line.removeprefix("networks=(").rstrip(")").replace("'", "").split()
    assert names == [
        *("mtcnn", "resnet", "facenet", "sface-mobilefacenet/sface?", "mobilefacenet?"),
        *(f"{name}?" for name in LIVENESS),
    ]
    copyright_file = (DEBIAN / "copyright").read_text()
    for name in (one for each in names for one in each.removesuffix("?").split("/")):
        assert spec(name).licence in ("MIT", "CC0-1.0", "Apache-2.0")
        assert f"networks/{name}-*" in copyright_file


def test_the_metadata_names_the_entry() -> None:
    root = ET.parse(FOLDER / "org.facelatch.Facelatch1.metainfo.xml").getroot()
    assert root.findtext("id") == "org.facelatch.Facelatch1"
    assert root.findtext("launchable") == "org.facelatch.Facelatch1.desktop"


@pytest.mark.skipif(
    shutil.which("desktop-file-validate") is None, reason="desktop-file-utils is not here"
)
def test_the_entry_is_valid() -> None:
    subprocess.run(
        ["desktop-file-validate", FOLDER / "org.facelatch.Facelatch1.desktop"], check=True
    )
