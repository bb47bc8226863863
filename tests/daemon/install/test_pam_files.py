"""Files of PAM are shown, tried, replaced in one step and put back as they were."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from daemon.install import pam_check, pam_files
from daemon.install.errors import InstallError
from daemon.install.pam_files import Folders
from daemon.install.pam_text import BEGIN, State, Steps

STEPS = Steps("/opt/facelatch/venv/bin/facelatch-pam", 10.0)
SUDO = b"session required pam_limits.so\n@include common-auth\n@include common-account"
POLKIT = b"@include common-auth\n@include common-account\n"


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    """A machine with sudo of its own and the distribution's polkit."""
    found = Folders(tmp_path)
    vendor = tmp_path / "usr/lib/pam.d"
    for folder in (found.own, vendor):
        folder.mkdir(parents=True)
    (found.own / "sudo").write_bytes(SUDO)
    (found.own / "sudo").chmod(0o640)
    (found.own / "common-auth").write_bytes(b"auth required pam_unix.so\n")
    (found.own / "common-account").write_bytes(b"account required pam_unix.so\n")
    (vendor / "polkit-1").write_bytes(POLKIT)
    return found


def _tree(folders: Folders) -> dict[str, tuple[bytes, int]]:
    """Every file below the root, with its mode."""
    return {
        str(path): (path.read_bytes(), path.stat().st_mode)
        for path in folders.root.rglob("*")
        if path.is_file()
    }


def _on(folders: Folders, service: str) -> None:
    pam_files.apply(folders, pam_files.enabling(folders, service, STEPS))


def _off(folders: Folders, service: str) -> None:
    pam_files.apply(folders, pam_files.disabling(folders, service))


def test_a_hundred_rounds_end_as_they_began(folders: Folders) -> None:
    before = _tree(folders)
    (folders.own / "u2f").write_bytes(b"auth sufficient pam_u2f.so\nauth required pam_unix.so\n")
    for name in ("gdm-password", "kde"):
        (folders.own / name).write_bytes(b"auth sufficient pam_fprintd.so\n" + POLKIT)
    everything = _tree(folders)
    assert len(everything) == len(before) + 3
    for _ in range(100):
        for name in ("sudo", "polkit-1", "u2f", "gdm-password", "kde"):
            _on(folders, name)
        for name in ("kde", "u2f", "sudo", "gdm-password", "polkit-1"):
            _off(folders, name)
    assert _tree(folders) == everything


def test_what_has_no_file_is_made_of_what_pam_takes_for_it(folders: Folders) -> None:
    before = _tree(folders)
    (folders.own / "other").write_bytes(POLKIT)
    _on(folders, "kde")
    assert (folders.own / "kde").read_bytes().count(BEGIN) == 2
    assert pam_files.states(folders, {"": STEPS})["kde"] is State.ON
    with pytest.raises(InstallError, match="no service"):
        _on(folders, "unknown")
    _off(folders, "kde")
    (folders.own / "other").unlink()
    assert _tree(folders) == before


def test_what_is_kept_and_how_it_stands(folders: Folders) -> None:
    steps = {"": STEPS}
    assert pam_files.states(folders, steps) == {"sudo": State.OFF, "polkit-1": State.OFF}
    _on(folders, "sudo")
    assert (folders.kept / "sudo").read_bytes() == SUDO
    assert (folders.own / "sudo").stat().st_mode & 0o777 == 0o640
    assert pam_files.states(folders, steps)["sudo"] is State.ON
    assert pam_files.states(folders, {"": Steps("/x", 5.0)})["sudo"] is State.OTHER
    assert not pam_files.enabling(folders, "sudo", STEPS).needed
    # Changed by hand since: what was added stays, and so does the copy.
    path = folders.own / "sudo"
    path.write_bytes(path.read_bytes() + b"\n# mine\n")
    _off(folders, "sudo")
    assert path.read_bytes() == SUDO + b"\n# mine\n"
    assert (folders.kept / "sudo~").read_bytes() == SUDO
    assert pam_files.states(folders, steps)["sudo"] is State.OFF


def test_the_service_of_a_face_alone(folders: Folders) -> None:
    before, steps, name = _tree(folders), {"": STEPS}, pam_files.FACE_ALONE
    assert name not in pam_files.states(folders, steps)
    _on(folders, name)
    text = (folders.own / name).read_text()
    assert "look 10 codes" in text and "pam_unix" not in text and "include" not in text
    assert pam_files.states(folders, steps)[name] is State.ON
    assert pam_files.states(folders, {"": Steps("/x", 5.0)})[name] is State.OTHER
    assert not pam_files.enabling(folders, name, STEPS).needed
    # Gone by somebody's hand: it was on.
    (folders.own / name).unlink()
    assert pam_files.states(folders, steps)[name] is State.LOST
    _on(folders, name)
    _off(folders, name)
    assert _tree(folders) == before
    (folders.own / name).write_bytes(b"auth required pam_permit.so\n")
    with pytest.raises(InstallError, match="written by somebody else"):
        _on(folders, name)


def test_a_file_that_was_written_anew_is_noticed(folders: Folders) -> None:
    before = _tree(folders)
    steps = {"": STEPS}
    _on(folders, "sudo")
    assert pam_files.taken_away(folders) == []
    (folders.own / "sudo").write_bytes(SUDO)
    assert pam_files.states(folders, steps)["sudo"] is State.LOST
    assert pam_files.taken_away(folders) == ["sudo"]
    _on(folders, "sudo")
    assert pam_files.states(folders, steps)["sudo"] is State.ON
    pam_files.forget(folders, "sudo")
    assert pam_files.states(folders, steps)["sudo"] is State.ON
    (folders.own / "sudo").write_bytes(SUDO)
    (lost,) = pam_files.removal(folders)
    lost.take()
    assert pam_files.states(folders, steps)["sudo"] is State.OFF
    assert _tree(folders) == before


def test_a_copy_of_what_the_distribution_changed_since_is_noticed(folders: Folders) -> None:
    vendor = folders.vendors[0] / "polkit-1"
    _on(folders, "polkit-1")
    states = {"": STEPS}
    assert pam_files.states(folders, states)["polkit-1"] is State.ON
    assert pam_files.taken_away(folders) == []
    vendor.write_bytes(POLKIT + b"# newer\n")
    assert pam_files.states(folders, states)["polkit-1"] is State.OLD
    assert pam_files.taken_away(folders) == ["polkit-1"]
    vendor.unlink()
    assert pam_files.states(folders, states)["polkit-1"] is State.OLD
    vendor.symlink_to(folders.own / "sudo")
    assert pam_files.states(folders, states)["polkit-1"] is State.OLD


def test_a_copy_is_made_anew_of_the_newer_file_unless_somebody_changed_it(
    folders: Folders,
) -> None:
    vendor, own = folders.vendors[0] / "polkit-1", folders.own / "polkit-1"
    _on(folders, "polkit-1")
    vendor.write_bytes(b"# newer\n" + POLKIT)
    change = pam_files.restoring(folders, "polkit-1", STEPS, State.OLD)
    pam_files.apply(folders, change)
    assert b"# newer\n" in own.read_bytes()
    assert pam_files.states(folders, {"": STEPS})["polkit-1"] is State.ON
    own.write_bytes(own.read_bytes() + b"# mine\n")
    vendor.write_bytes(POLKIT)
    with pytest.raises(InstallError, match="changed by hand"):
        pam_files.restoring(folders, "polkit-1", STEPS, State.OLD)
    own.write_bytes(own.read_bytes().removesuffix(b"# mine\n"))
    pam_files.apply(folders, pam_files.restoring(folders, "polkit-1", STEPS, State.OLD))
    _off(folders, "polkit-1")
    assert not own.exists()


def test_a_distributions_file_is_copied_and_the_copy_goes(folders: Folders) -> None:
    change = pam_files.enabling(folders, "polkit-1", STEPS)
    assert change.before is None
    assert "--- /dev/null" in change.diff and "+@include common-auth" in change.diff
    pam_files.apply(folders, change)
    path = folders.own / "polkit-1"
    assert path.stat().st_mode & 0o777 == 0o644
    path.write_bytes(path.read_bytes() + b"# mine\n")
    _off(folders, "polkit-1")
    # What somebody added is theirs.
    assert path.read_bytes() == POLKIT + b"# mine\n"


@pytest.mark.parametrize(
    ("service", "why"),
    [
        ("common-auth", "every service"),
        ("system-auth", "every service"),
        ("other", "every service"),
        ("sshd", "other machines"),
        ("xrdp-sesman", "other machines"),
        ("../sudo", "no name"),
        ("", "no name"),
        ("-x", "no name"),
        ("absent", "no service"),
        ("linked", "link"),
        ("huge", "too large"),
    ],
)
def test_what_is_refused(folders: Folders, service: str, why: str) -> None:
    (folders.own / "linked").symlink_to(folders.own / "sudo")
    (folders.own / "huge").write_bytes(SUDO + b"\n#" * 65536)
    before = _tree(folders)
    with pytest.raises(InstallError, match=why):
        pam_files.enabling(folders, service, STEPS)
    assert _tree(folders) == before


def test_a_file_that_changes_meanwhile_is_left_alone(folders: Folders) -> None:
    change = pam_files.enabling(folders, "sudo", STEPS)
    (folders.own / "sudo").write_bytes(SUDO + b"\n")
    with pytest.raises(InstallError, match="meanwhile"):
        pam_files.apply(folders, change)
    assert (folders.own / "sudo").read_bytes() == SUDO + b"\n"


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (lambda _password: "Authentication failure", "not taken"),
        (lambda _password: "", "any password"),
        (lambda typed: "" if typed == "right" else "no", None),
    ],
)
def test_both_passwords_are_tried_before(
    folders: Folders,
    monkeypatch: pytest.MonkeyPatch,
    answer: Callable[[str], str],
    why: str | None,
) -> None:
    seen: list[tuple[str, str, bytes]] = []

    def log_in(place: Path, service: str, username: str, password: str) -> str:
        assert (place / "common-auth").read_bytes() == b"auth required pam_unix.so\n"
        assert place.stat().st_mode & 0o077 == 0
        seen.append((service, username, (place / service).read_bytes()))
        return answer(password)

    monkeypatch.setattr(pam_check, "log_in", log_in)
    before = _tree(folders)
    changes = [pam_files.enabling(folders, name, STEPS) for name in ("sudo", "polkit-1")]
    if why is None:
        pam_files.check(folders, changes, "ada", "right")
        assert [one[:2] for one in seen] == [("sudo", "ada")] * 2 + [("polkit-1", "ada")] * 2
        assert all(BEGIN in content for _, _, content in seen)
    else:
        with pytest.raises(InstallError, match=why):
            pam_files.check(folders, changes, "ada", "right")
    assert _tree(folders) == before


def test_removing_the_service_takes_it_away_everywhere(folders: Folders) -> None:
    before = _tree(folders)
    _on(folders, "sudo")
    _on(folders, "polkit-1")
    steps = list(pam_files.removal(folders))
    assert [step.text for step in steps] == [
        f"ask for no face in {folders.own / name}" for name in ("polkit-1", "sudo")
    ]
    for step in steps:
        assert step.needed()
        step.take()
    assert _tree(folders) == before
    assert list(pam_files.removal(folders)) == []
    assert list(pam_files.removal(Folders(folders.root / "none"))) == []


def test_one_that_cannot_be_read_is_said(folders: Folders) -> None:
    os.mkfifo(folders.own / "pipe")
    with pytest.raises(InstallError, match="cannot be read"):
        pam_files.enabling(folders, "pipe", STEPS)
