"""Conversations with the real libpam: what our steps do in a stack, and that they are tried."""

import os
from pathlib import Path

import pytest

from daemon.install import pam_check
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
        for program in (password, self.helper):
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


def test_what_pam_cannot_read(stack: Stack, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    try:
        assert pam_check.log_in(tmp_path / "empty", "test", "root", RIGHT) != ""
    except InstallError:
        return
    assert stack.called == []
