"""Whatever the helper is called with, it answers yes only for what was recognised, in one line."""

import os
import subprocess
import sys

import pytest

from tests.data import ROOT

_MAIN = (
    f"import sys; sys.path.append({str(ROOT)!r}); "
    "from daemon.clients.pam.program import main; sys.exit(main(sys.argv[1:]))"
)
_NAMES = {b"PAM_USER": b"nobody", b"PAM_SERVICE": b"polkit-1"}


def _run(
    *arguments: str, given: bytes = b"", environment: dict[bytes, bytes] | None = None
) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(
        [sys.executable, "-IS", "-c", _MAIN, *arguments],
        input=given,
        env=_NAMES if environment is None else environment,
        capture_output=True,
        timeout=60,
        check=False,
    )


def test_enter_alone_and_anything_else() -> None:
    assert _run("typed", given=b"\0").returncode == 0
    assert _run("typed", given=b"").returncode == 0
    for given in (b"secret\0", b"\xff\xfe\0", b"x" * 65536, b"\n", b" \0"):
        done = _run("typed", given=given)
        assert (done.returncode, done.stdout, done.stderr) == (1, b"", b"")


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["look"],
        ["look", "0"],
        ["look", "61"],
        ["look", "nan"],
        ["look", "x"],
        ["look", "1", "61"],
        ["look", "1", "-1"],
        ["look", "1", "nan"],
        ["look", "1", "code"],
        ["look", "1", "2", "3"],
        ["account"],
        ["account", "x", "1 (x) S 0"],
    ],
)
def test_wrong_calls(arguments: list[str]) -> None:
    done = _run(*arguments)
    assert done.returncode == 1
    assert done.stdout.count(b"\n") == 1 and done.stderr == b""


@pytest.mark.parametrize("name", [b"PAM_USER", b"PAM_SERVICE", b"PAM_TTY", b"PAM_RHOST"])
@pytest.mark.parametrize("value", [b"\xff", b"x" * 65536, b"\n\n", b"\x1b]0;x\x07", b""])
def test_any_environment_is_a_no_in_one_line(name: bytes, value: bytes) -> None:
    # Where a system bus runs here, nobody of this name is enrolled with it.
    done = _run("look", "20", environment={**_NAMES, name: value})
    assert done.returncode == 1
    assert done.stdout.startswith(b"no face now: ") and done.stdout.count(b"\n") == 1
    assert done.stdout[:-1].decode().isprintable() and done.stderr == b""


def test_with_codes_and_as_older_files_have_it() -> None:
    nobody = {**_NAMES, b"PAM_USER": b""}
    said = _run("look", "5", "codes", environment=nobody)
    assert (said.returncode, said.stdout.partition(b" ")[0]) == (1, b"not-possible:")
    old = _run("look", "5", "20", environment=nobody)
    assert (old.returncode, old.stdout[:13]) == (1, b"no face now: ")


def test_pythons_own_variables_change_nothing() -> None:
    environment = {**_NAMES, b"PYTHONPATH": b"/nowhere", b"PYTHONSTARTUP": b"/x"}
    environment |= {b"PYTHONINSPECT": b"1", b"FACELATCH_BUS": b"unix:path=/nowhere"}
    assert _run("typed", given=b"\0", environment=environment).returncode == 0


def test_nobody_typed_before_the_account_phase() -> None:
    assert _run("account", str(os.getpid()), "1 (x) S " + "0 " * 20).returncode == 0
    assert not os.path.exists(f"/run/facelatch-pam/{os.getpid()}")  # noqa: PTH110
