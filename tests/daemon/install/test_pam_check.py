"""Conversations with the real libpam: what our steps do in a stack, and that they are tried."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from daemon.install import pam_check, pam_text
from daemon.install.errors import InstallError
from daemon.install.pam_text import Steps

RIGHT = "correct horse"
# What stands for pam_unix takes the token that is there, as that does.
_STACK = """\
{auth}auth requisite pam_exec.so quiet expose_authtok {password}
auth required pam_permit.so
{account}account required pam_permit.so
"""
_HELPER = """\
#!/bin/sh
echo "$1" >>{folder}/called
case $1 in
typed) [ -z "$(tr -d '\\0')" ] ;;
look) echo looking; [ "$(cat {folder}/face)" = yes ] ;;
*) exit 1 ;;
esac
"""


class Stack:
    """A folder of PAM's with one service, whose helper does as told."""

    def __init__(self, folder: Path, *, ask: bool = True) -> None:
        self._folder = folder
        password, self.helper = folder / "password", folder / "helper"
        password.write_text(f'#!/bin/sh\n[ "$(tr -d "\\0")" = "{RIGHT}" ]\n')
        self.helper.write_text(_HELPER.format(folder=folder))
        account = folder / "helper-account"
        account.write_text(f"#!/bin/sh\necho account >>{folder}/called\n")
        for program in (password, self.helper, account):
            program.chmod(0o755)
        self.face("no")
        self.services = folder / "pam.d"
        self.services.mkdir()
        steps = Steps(str(self.helper), 10.0, ask=ask)
        blocks = {"auth": steps.auth.decode(), "account": steps.account.decode()}
        text = _STACK.format(password=password, **blocks)
        (self.services / "test").write_text(text)

    def face(self, word: str) -> None:
        """Whether the helper recognises somebody from now on."""
        (self._folder / "face").write_text(word)

    def log_in(self, password: str) -> bool:
        """Whether PAM lets in."""
        return not pam_check.log_in(self.services, "test", "root", password)

    @property
    def called(self) -> list[str]:
        """The helper's steps so far."""
        place = self._folder / "called"
        return place.read_text().split() if place.exists() else []


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    if os.geteuid() != 0:
        pytest.skip("pam_exec runs programs as others only for root")
    return Stack(tmp_path)


def test_a_password_that_is_typed_goes_on_untouched(stack: Stack) -> None:
    assert stack.log_in(RIGHT)
    assert stack.called == ["typed", "account"]


def test_a_wrong_one_too(stack: Stack) -> None:
    stack.face("yes")
    assert not stack.log_in("wrong")
    assert stack.called == ["typed"]


def test_enter_alone_looks(stack: Stack) -> None:
    assert not stack.log_in("")
    assert stack.called == ["typed", "look"]
    stack.face("yes")
    assert stack.log_in("")
    assert stack.called == ["typed", "look", "typed", "look", "account"]


def test_a_service_of_a_face_alone(stack: Stack) -> None:
    steps = Steps(str(stack.helper), 10.0)
    (stack.services / "test").write_bytes(steps.alone)
    for typed in (RIGHT, "wrong", ""):
        assert not stack.log_in(typed)
    stack.face("yes")
    assert stack.log_in("")
    assert stack.called == ["look"] * 4
    stack.helper.unlink()
    assert not stack.log_in(RIGHT)


def test_without_its_helper_the_password_works(stack: Stack) -> None:
    stack.helper.unlink()
    assert stack.log_in(RIGHT)
    assert not stack.log_in("wrong")
    assert not stack.log_in("")


def test_a_helper_that_cannot_run(stack: Stack) -> None:
    stack.helper.write_text("#!/nowhere\n")
    assert stack.log_in(RIGHT)
    assert not stack.log_in("")


def test_a_greeter_that_looks_at_once(tmp_path: Path, stack: Stack) -> None:
    place = tmp_path / "greeter"
    place.mkdir()
    greeter = Stack(place, ask=False)
    assert greeter.log_in(RIGHT)
    assert not greeter.log_in("wrong")
    assert greeter.called == ["look", "typed", "account", "look", "typed"]
    greeter.face("yes")
    assert greeter.log_in("")
    assert greeter.called[5:] == ["look", "account"]
    assert stack.called == []


# As these distributions have them, but for what asks for the password, and for modules that Debian
# does not have: {password} and {absent}.
_FEDORA = {
    "sudo": "auth include system-auth\naccount include system-auth\n",
    "system-auth": """\
auth required pam_env.so
auth required pam_faildelay.so delay=0
auth required pam_faillock.so preauth silent even_deny_root deny=3 unlock_time=600 dir={tally}
auth [default=1 ignore=ignore success=ok] pam_usertype.so isregular
auth [default=1 ignore=ignore success=ok] pam_localuser.so
auth sufficient {password}
auth [default=1 ignore=ignore success=ok] pam_usertype.so isregular
auth sufficient {absent}
auth sufficient {password}
auth required pam_faillock.so authfail even_deny_root deny=3 unlock_time=600 dir={tally}
auth required pam_deny.so
account required pam_permit.so
""",
}
_ARCH = {
    "sudo": "#%PAM-1.0\nauth include system-auth\naccount include system-auth\n",
    "system-auth": """\
#%PAM-1.0
auth required pam_faillock.so preauth even_deny_root deny=3 unlock_time=600 dir={tally}
-auth [success=2 default=ignore] {absent}
auth [success=1 default=bad] {password}
auth [default=die] pam_faillock.so authfail even_deny_root deny=3 unlock_time=600 dir={tally}
auth optional pam_permit.so
auth required pam_env.so
auth required pam_faillock.so authsucc even_deny_root deny=3 dir={tally}
account required pam_permit.so
""",
}


class Copies(Stack):
    """The files of another distribution, with a face switched on for sudo."""

    def __init__(self, folder: Path, files: Mapping[str, str]) -> None:
        super().__init__(folder)
        (folder / "tally").mkdir()
        unix = {name: text.format(**_AS_WRITTEN) for name, text in files.items()}
        included = {name: text.encode() for name, text in unix.items()}
        steps = Steps(str(self.helper), 10.0)
        on = pam_text.enabled(included["sudo"], steps, included=included)
        assert pam_text.disabled(on) == (included["sudo"], None)
        names = {
            "password": f"pam_exec.so quiet expose_authtok {folder / 'password'}",
            "absent": "pam_deny.so",
            "tally": folder / "tally",
        }
        # By its whole path, for libpam looks for a mere name in /etc/pam.d.
        path = self.services / "system-auth"
        (self.services / "test").write_text(on.decode().replace("system-auth", str(path)))
        path.write_text(files["system-auth"].format(**names))


_AS_WRITTEN = {"password": "pam_unix.so nullok", "absent": "pam_sss.so forward_pass", "tally": "/x"}


@pytest.mark.parametrize("files", [_FEDORA, _ARCH], ids=["fedora", "arch"])
def test_other_distributions_files(tmp_path: Path, stack: Stack, files: dict[str, str]) -> None:
    place = tmp_path / "copies"
    place.mkdir()
    copies = Copies(place, files)
    # Who is not recognised is not locked out by it: only a wrong password counts.
    for _ in range(5):
        assert not copies.log_in("")
    assert copies.log_in(RIGHT)
    copies.face("yes")
    assert copies.log_in("")
    assert copies.called[-3:] == ["typed", "look", "account"]
    for _ in range(3):
        assert not copies.log_in("wrong")
    assert not copies.log_in(RIGHT), "pam_faillock counts none"
    assert stack.called == []


def test_what_pam_cannot_read(stack: Stack, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    try:
        assert pam_check.log_in(tmp_path / "empty", "test", "root", RIGHT) != ""
    except InstallError:
        return
    assert stack.called == []
