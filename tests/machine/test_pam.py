"""Real sudo, su and polkit in the booted machine: who gets in by a face, and who never waits."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.machine import packages
from tests.machine.machine import end, wait_for
from tests.machine.packaged import install, install_our_triggers
from tests.machine.pam_machine import (
    CRON,
    PASSWORD,
    SHIM,
    Manager,
    Terminal,
    enable,
    files_of,
    film,
    no_more_in_sudo_than_without_a_face,
    pam_machine,
    remote_sessions,
    said,
)
from tests.machine.service import ENVIRONMENT, SEATED, Service, remove

pytestmark = pytest.mark.slow

_MARK = "right-9137"
"""In the right and the wrong one, and in no number that the journal makes up."""
HINT = "Password, or Enter alone to be recognised"
LOOKING = "looking for your face"
_PYTHON = f"{ENVIRONMENT}/bin/python"
_SUDO = ("sudo", "id", "-u")
_LOCK = ("/usr/bin/pamtester", "facelatch-lock", "ada", "authenticate", "acct_mgmt")


@pytest.fixture(scope="module")
def pam(machines: Path) -> Iterator[Service]:
    """The service with ada enrolled, who may use sudo and has a password."""
    with pam_machine(machines) as service:
        yield service


@pytest.fixture(scope="module")
def before(pam: Service) -> dict[str, bytes]:
    """PAM's files as the distribution has them."""
    return files_of(pam)


@pytest.fixture(scope="module")
def on(pam: Service, before: dict[str, bytes]) -> Service:
    """A face is asked for by sudo, su and polkit."""
    assert before
    film(pam, "ada")
    done = enable(pam, "sudo", "polkit-1", "su")
    assert done.code == 0, done.text
    assert f"+auth [default=ignore] pam_exec.so quiet stdout /bin/echo {HINT}" in done.text
    return pam


@pytest.fixture(scope="module")
def ada(on: Service) -> Terminal:
    """Ada at the machine."""
    return Terminal(on, "here", *SEATED)


@pytest.fixture(scope="module")
def manager(ada: Terminal, on: Service) -> Iterator[Manager]:
    """Ada's own systemd, under which desktops run what asks for her password."""
    assert ada.session
    with Manager.started(on, "ada") as found:
        yield found


def test_a_hundred_rounds_among_other_modules_end_as_they_began(pam: Service) -> None:
    done = pam.machine.call(_PYTHON, "-I", "/srv/rounds.py", check=False)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


def test_a_wrong_password_switches_nothing_on(pam: Service, before: dict[str, bytes]) -> None:
    done = enable(pam, "sudo", password="wrong")  # noqa: S106
    assert done.code == 2 and "the password of ada is not taken" in done.text
    assert files_of(pam) == before


def test_the_owner_by_enter(ada: Terminal, on: Service) -> None:
    film(on, "ada")
    found = ada.run(*_SUDO)
    assert (found.code, found.text.splitlines()[-1]) == (0, "0"), found
    assert HINT in found.text and LOOKING in found.text
    entry = on.journal("FACELATCH_VERDICT=matched")[-1]
    assert "service sudo" in entry["FACELATCH_REQUESTER"]
    assert "terminal /dev/pts/" in entry["FACELATCH_REQUESTER"]


def test_a_password_typed_at_once_and_a_wrong_one(ada: Terminal) -> None:
    found = ada.run(*_SUDO, typed=(PASSWORD,))
    assert (found.code, found.text.splitlines()[-1]) == (0, "0"), found
    assert LOOKING not in found.text
    found = ada.run(*_SUDO, typed=("wrong",))
    assert found.code == 1 and LOOKING not in found.text
    assert found.text.endswith("1 incorrect password attempt\n")


def test_a_stranger_and_an_empty_chair(ada: Terminal, on: Service) -> None:
    film(on, "bob")
    found = ada.run(*_SUDO)
    assert found.code == 1 and "no face now: not recognised" in found.text
    film(on, "nobody")
    found = ada.run(*_SUDO)
    assert found.code == 1 and "no face now: nobody was in the picture" in found.text


def test_another_user_who_is_not_enrolled(ada: Terminal, on: Service) -> None:
    film(on, "ada")
    for command in (("su", "bob"), ("su", "-", "bob")):
        found = ada.run(*command, "-c", "id -un")
        assert found.code != 0 and "no face now: no face is enrolled" in found.text
    assert ada.run("su", "bob", "-c", "id -un", typed=(PASSWORD,)).text.endswith("\nbob\n")
    # Root is let through as ever.
    assert on.machine.out("su", "bob", "-c", "id -un") == "bob"


def test_su_to_ones_own_user(ada: Terminal, on: Service) -> None:
    film(on, "ada")
    found = ada.run("su", "-", "ada", "-c", "id -un")
    assert found.code == 0 and found.text.endswith("\nada\n"), found


def test_no_service(ada: Terminal, on: Service) -> None:
    on.machine.call("systemctl", "stop", "facelatch")
    try:
        found = ada.run(*_SUDO)
        assert found.code == 1
        assert "no face now: the service of Facelatch does not run" in found.text
        assert ada.run(*_SUDO, typed=(PASSWORD,)).code == 0
    finally:
        on.machine.call("systemctl", "start", "facelatch")


def test_a_service_that_hangs(ada: Terminal, on: Service) -> None:
    on.machine.call("systemctl", "kill", "--signal=STOP", "facelatch")
    try:
        found = ada.run(*_SUDO)
        assert found.code == 1 and "does not answer" in found.text
        assert ada.run(*_SUDO, typed=(PASSWORD,)).code == 0
    finally:
        on.machine.call("systemctl", "kill", "--signal=CONT", "facelatch")


def test_a_service_that_is_killed_in_the_middle(ada: Terminal, on: Service) -> None:
    film(on, "nobody")
    output = on.machine.root.parent / "middle"
    running = on.machine.start(output, *ada.command(*_SUDO, typed=("",), terminal=True))
    try:
        wait_for(lambda: LOOKING in output.read_text(), 60, "nobody looks")
        on.machine.call("systemctl", "kill", "--signal=KILL", "facelatch")
        wait_for(lambda: running.poll() is not None, 60, "sudo does not end")
    finally:
        if running.poll() is None:
            end(running)
    found = said(output.read_text())
    assert found.code == 1
    assert "the service of Facelatch has ended" in found.text or "nobody was" in found.text
    wait_for(lambda: on.property("ActiveState") == "active", 60, "not ready again")


@pytest.mark.parametrize(
    ("command", "terminal", "why"),
    [
        (("sudo", "-S", "id", "-u"), True, "a program may have pressed Enter"),
        (("sudo", "-A", "id", "-u"), True, "a program may have pressed Enter"),
        (("sudo", "-S", "id", "-u"), False, "there is no terminal to press Enter at"),
    ],
)
def test_an_empty_line_that_a_program_may_have_written(
    ada: Terminal, on: Service, command: tuple[str, ...], terminal: bool, why: str
) -> None:
    film(on, "ada")
    askpass = on.machine.root / "srv/askpass"
    askpass.write_text("#!/bin/sh\necho\n")
    askpass.chmod(0o755)
    found = ada.run("env", "SUDO_ASKPASS=/srv/askpass", *command, terminal=terminal)
    assert found.code == 1 and f"no face now: {why}" in found.text, found
    assert LOOKING not in found.text


def test_a_password_by_pipe_and_nonsense(ada: Terminal) -> None:
    found = ada.run("sudo", "-S", "id", "-u", typed=(PASSWORD,), terminal=False)
    assert found.code == 0 and found.text.endswith("0\n")
    for typed in ("x" * 65536, "\udcff\udcfe", "\x01\x7f", PASSWORD + "x"):
        found = ada.run("sudo", "-S", "id", "-u", typed=(typed,), terminal=False)
        assert found.code == 1 and LOOKING not in found.text, typed


def test_sudo_that_asks_nobody(ada: Terminal) -> None:
    found = ada.run("sudo", "-n", "true", typed=())
    assert found.code == 1 and "a password is required" in found.text
    assert LOOKING not in found.text


def test_from_elsewhere(ada: Terminal, on: Service) -> None:
    film(on, "ada")
    far = ("pamtester", "-I", "rhost=far.example.org", "polkit-1", "ada", "authenticate")
    found = ada.run(*far)
    assert found.code == 1 and "the user is at another machine" in found.text, found
    # Without a seat, as a session that came over a network has none.
    elsewhere = Terminal(on, "elsewhere", "XDG_SESSION_TYPE=tty", "XDG_SESSION_CLASS=user")
    found = elsewhere.run(*_SUDO)
    assert found.code == 1 and "the session is a remote one" in found.text, found
    on.log_out(elsewhere.session)
    # As services run programs: in no session.
    unit = ("systemd-run", "--quiet", "--pipe", "--wait", "--uid=ada", "sh", "-c")
    done = on.machine.call(*unit, "echo | sudo -S id -u", check=False)
    assert done.returncode == 1 and "no face now" in done.stdout + done.stderr


def test_cron(on: Service) -> None:
    root = on.machine.root
    job = root / "srv/cron"
    # Not in the crontab, which the journal quotes.
    job.write_text(CRON.format(password=PASSWORD))
    job.chmod(0o755)
    output, table = root / "srv/terminals/cron", root / "etc/cron.d/test"
    table.write_text("@reboot ada cd /srv/terminals; ../cron >new 2>&1; mv new cron\n")
    on.machine.call("systemctl", "stop", "cron")
    on.machine.call("rm", "-f", "/run/crond.reboot")
    on.machine.call("systemctl", "start", "cron")
    wait_for(output.exists, 60, "cron runs nothing")
    table.unlink()
    text = output.read_text()
    assert "no face now: there is no terminal to press Enter at" in text
    assert "code 1\n" in text and text.endswith("0\ncode 0\n"), text


def test_a_lock_screen_with_a_conversation_for_the_face_alone(
    ada: Terminal, on: Service, manager: Manager, before: dict[str, bytes]
) -> None:
    assert "etc/pam.d/facelatch-lock" not in before
    on.machine.call("facelatch", "pam", "enable", "facelatch-lock")
    film(on, "ada")
    # Outside of every session, and asked nothing.
    found = manager.run(*_LOCK)
    assert found.code == 0 and "looking: looking for your face" in found.text, found
    assert HINT not in found.text and "assword" not in found.text
    film(on, "bob")
    found = manager.run(*_LOCK)
    assert found.code != 0 and "not-recognised: not recognised" in found.text, found
    # In her session it is the same, and a password opens nothing.
    found = ada.run(*_LOCK, typed=(PASSWORD,))
    assert found.code != 0 and "not-recognised" in found.text, found


def test_over_ssh(ada: Terminal, on: Service, manager: Manager) -> None:
    """The face before the camera is ada's all the time."""
    film(on, "ada")
    script = (
        "mkdir -p -m 700 ~/.ssh && ssh-keygen -q -t ed25519 -N '' -f ~/.ssh/id_ed25519 && "
        "cp ~/.ssh/id_ed25519.pub ~/.ssh/authorized_keys"
    )
    on.machine.call("env", "HOME=/home/ada", "sh", "-c", script, user="ada")
    on.machine.call("systemctl", "start", "ssh")
    far = ("ssh", "-qtt", "-o", "StrictHostKeyChecking=no", "127.0.0.1")
    found = ada.run(*far, *_SUDO)
    assert found.code == 1 and HINT in found.text and LOOKING not in found.text, found
    assert "no face now: the session is a remote one; use the password" in found.text
    found = ada.run(*far, *_SUDO, typed=(PASSWORD,))
    assert found.code == 0 and found.text.endswith("\n0\n"), found
    # A lock screen under her own systemd asks for whoever sits here, or for nobody.
    found = ada.run(*far, manager.line(*_LOCK), typed=())
    assert found.code != 0 and "remote-session: the session is a remote one" in found.text, found
    # In a container systemd is not always told that a scope is empty, and logind keeps its session.
    for session in remote_sessions(on):
        on.machine.call("systemctl", "stop", f"session-{session}.scope", check=False)
    wait_for(lambda: not remote_sessions(on), 60, "the session from afar stays")


def test_polkit(ada: Terminal, on: Service) -> None:
    film(on, "ada")
    dialogue, answer = ada.pkexec("")
    assert HINT in dialogue and LOOKING in dialogue
    assert answer == "0\n", dialogue
    dialogue, answer = ada.pkexec(PASSWORD)
    assert LOOKING not in dialogue and answer == "0\n", dialogue
    film(on, "bob")
    dialogue, answer = ada.pkexec("")
    assert "no face now: not recognised" in dialogue and "Not authorized" in answer, dialogue


def test_a_face_allows_nothing_to_be_done_to_faces(ada: Terminal, on: Service) -> None:
    film(on, "ada")
    rename = ("facelatch", "rename", "plain", "mine")
    dialogue, answer = ada.dialogue("asking", *rename, typed=("",))
    why = "no face now: a change of what is enrolled or trusted needs the password"
    assert HINT in dialogue and why in dialogue and LOOKING not in dialogue
    assert "polkit does not allow it" in answer, dialogue
    dialogue, answer = ada.dialogue("asking", *rename, typed=(PASSWORD,))
    assert "polkit" not in answer, dialogue
    names = [one["name"] for one in on.ask("ListAppearances", "s", "ada")[0]]
    assert names == ["mine"]


def test_only_a_right_password_opens_what_failures_closed(ada: Terminal, on: Service) -> None:
    # What failed in the tests before.
    on.ask("PasswordUsed", "s", "ada")
    film(on, "bob", before_pause=1, before_password=1)
    locked = "no face now: too many attempts failed; use the password once"
    assert "not recognised" in ada.run(*_SUDO).text
    film(on, "ada", before_pause=1, before_password=1)
    assert locked in ada.run(*_SUDO).text
    assert ada.run(*_SUDO, typed=("wrong",)).code == 1
    assert locked in ada.run(*_SUDO).text
    # Root's own sudo asks nobody, and clears nothing.
    on.machine.call("sudo", "-u", "ada", "true")
    assert locked in ada.run(*_SUDO).text
    assert ada.run(*_SUDO, typed=(PASSWORD,)).code == 0
    # The service is told in the background: nobody waits for it.
    wait_for(lambda: LOOKING in ada.run(*_SUDO).text, 60, "a right password opens nothing")


def test_the_token_is_nowhere(ada: Terminal, on: Service) -> None:
    """Neither what the helper is given nor what is left behind has it, in memory neither."""
    folder = on.machine.root / "srv"
    for name, text in (("shim", SHIM), ("mark", _MARK), ("found", "")):
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    (folder / "shim-account").symlink_to(f"{ENVIRONMENT}/bin/facelatch-pam-account")
    sudo = on.machine.root / "etc/pam.d/sudo"
    good = sudo.read_text()
    sudo.write_text(good.replace(f"{ENVIRONMENT}/bin/facelatch-pam", "/srv/shim"))
    try:
        assert ada.run(*_SUDO, typed=(PASSWORD,)).code == 0
        assert ada.run(*_SUDO, typed=("Zx-bright-9137",)).code == 1
    finally:
        sudo.write_text(good)
    seen = (folder / "seen").read_text()
    assert "'typed'" in seen and "b'PAM_SERVICE': b'sudo'" in seen and _MARK not in seen
    assert (folder / "found").read_text() == "0\n0\n"
    search = ("python3", "/srv/memory.py", "/srv/mark")
    hold = "held=$(cat /srv/mark); sleep 600 & wait"
    holding = on.machine.start(folder / "held", "sh", "-c", hold)
    try:
        # It would be found.
        wait_for(
            lambda: on.machine.out(*search, "held=").split() not in ([], ["0"]),
            60,
            "a process that has it is not found",
        )
    finally:
        end(holding)
    for unit in ("facelatch", "facelatch-camera", "facelatch-unlocker"):
        # The unlocker runs only while it has something to do.
        found = on.machine.out(*search, f"{unit}.service").split()
        assert set(found) == {"0"} or (unit == "facelatch-unlocker" and not found)
    no_more_in_sudo_than_without_a_face(ada, sudo)
    journal = on.machine.out("journalctl", "--output=export", "--no-pager")
    assert "pam_exec" in journal and _MARK not in journal
    for place in ("/run/facelatch-pam", "/var/lib/facelatch", "/var/backups"):
        left = on.machine.call("grep", "-r", _MARK, place, check=False)
        assert left.stdout == ""


def test_what_an_upgrade_writes_anew_is_on_again(ada: Terminal, on: Service) -> None:
    """By the triggers of our package, in dpkg's own run; a downgrade too."""
    film(on, "ada")
    machine, place = on.machine, on.machine.root / "etc/pam.d/door"
    if not packages.wanted():
        install_our_triggers(machine)
    for step, version in enumerate(("1", "2", "1")):
        text = f"# version {version}\n@include common-auth\n@include common-account\n"
        said_by_dpkg = install(machine, "door", version, {"etc/pam.d/door": text})
        assert place.read_text().startswith(f"# version {version}\n"), said_by_dpkg
        if step == 0:
            assert enable(on, "door").code == 0
        found = ada.run("pamtester", "door", "ada", "authenticate")
        assert found.code == 0 and LOOKING in found.text, (version, said_by_dpkg, found)
        found = ada.run("pamtester", "door", "ada", "authenticate", typed=(PASSWORD,))
        assert found.code == 0 and LOOKING not in found.text, (version, found)
    machine.call("facelatch", "pam", "disable", "door")
    machine.call("dpkg", "--purge", "door", *([] if packages.wanted() else ["facelatch"]))


def test_off_and_removed_it_is_as_before(
    ada: Terminal, on: Service, before: dict[str, bytes]
) -> None:
    on.machine.call("facelatch", "pam", "disable", "polkit-1")
    assert "etc/pam.d/polkit-1" not in files_of(on)
    dialogue, answer = ada.pkexec(PASSWORD)
    assert HINT not in dialogue and answer == "0\n", dialogue
    assert enable(on, "polkit-1").code == 0
    remove(on.machine)
    assert files_of(on) == before
    found = ada.run(*_SUDO, typed=(PASSWORD,))
    assert found.code == 0 and HINT not in found.text
