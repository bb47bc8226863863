"""Which machine and which account templates belong to."""

import os
import pwd
import shutil
import subprocess
from pathlib import Path

import pytest

from enroll.store.binding import (
    _APPLICATION,
    MACHINE_ID,
    Place,
    login_account,
    machine_of,
    own_account,
)


@pytest.mark.skipif(
    shutil.which("systemd-id128") is None or not MACHINE_ID.is_file(),
    reason="systemd's own tool is not here, or no machine id",
)
def test_the_machine_is_what_systemd_says_of_it() -> None:
    command = ["systemd-id128", "machine-id", f"--app-specific={_APPLICATION.hex()}"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    assert machine_of().hex() == said


def test_the_machine_s_own_id_is_in_nothing(tmp_path: Path) -> None:
    secret = 2 * "0123456789abcdef"
    (tmp_path / "machine-id").write_text(secret + "\n")
    place = Place(machine_of(tmp_path / "machine-id"), 0)
    # Of systemd's own making for this id and this application.
    assert place.machine != Place.UNKNOWN
    assert secret not in (place.machine.hex(), place.tag.hex())
    assert place.machine[:8] != place.tag


@pytest.mark.parametrize(
    "content",
    [b"", b"uninitialized\n", b"0" * 32, b"12", b"f" * 33, b"g" * 32, b"\xff" * 32, b"f" * 10**5],
)
def test_what_is_no_id_is_no_machine(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "machine-id").write_bytes(content)
    assert machine_of(tmp_path / "machine-id") == Place.UNKNOWN
    assert machine_of(tmp_path / "missing") == Place.UNKNOWN


def test_places_are_told_apart_by_machine() -> None:
    one, other = Place(bytes(16), 1), Place(bytes(15) + b"\1", 1)
    assert one.tag != other.tag
    assert one.tag == Place(bytes(16), 2).tag


def test_accounts() -> None:
    assert own_account("whoever") == os.geteuid()
    assert login_account(pwd.getpwuid(0).pw_name) == 0
    assert login_account("no such user here") is None
    assert login_account("\0") is None
