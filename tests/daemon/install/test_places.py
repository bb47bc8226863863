"""One list of files, for setup and for packages."""

from pathlib import Path

import pytest

from daemon.install.places import FILES, PACKAGE, SETUP, Places, of_this_program
from tests.data import ROOT


def test_a_package_leaves_etc_and_usr_local_to_root() -> None:
    assert set(PACKAGE.files) == set(FILES)
    own = {place for place in PACKAGE.files.values() if not place.startswith("usr/")}
    # What starts with sessions is read from nowhere else.
    assert own == {"etc/xdg/autostart/facelatch-agent.desktop"}
    assert not [place for place in PACKAGE.files.values() if "local" in place]


@pytest.mark.parametrize("name", sorted(FILES))
def test_what_is_installed_names_the_program_that_is_installed(name: str) -> None:
    content = (ROOT / "systemd" / name).read_bytes()
    assert SETUP.text(content) == content
    packaged = PACKAGE.text(content)
    assert b"/opt/" not in packaged
    assert packaged.count(b"/usr/lib/facelatch/bin/") == content.count(b"/opt/facelatch/venv/bin/")


def test_the_program_knows_how_it_was_installed() -> None:
    packaged = of_this_program("/usr/lib/facelatch")
    assert packaged.command == Path("/usr/bin/facelatch")
    assert packaged.environment == packaged.program == Path("/usr/lib/facelatch")
    assert of_this_program("/opt/facelatch/venv") == Places()
    assert of_this_program("/home/ada/facelatch/.venv") == Places()
