"""The token is empty or not; that something was typed is told once, in the same conversation."""

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daemon.clients.pam import token


def _empty(content: bytes) -> bool:
    reader, writer = os.pipe()
    os.write(writer, content)
    os.close(writer)
    try:
        return token.is_empty(reader)
    finally:
        os.close(reader)


@pytest.mark.parametrize("written", [b"", b"\0"])
def test_nothing_but_an_end_is_empty(written: bytes) -> None:
    # Versions of pam_exec differ in whether they write the NUL.
    assert _empty(written)


def test_without_a_token_nobody_pressed_anything() -> None:
    with open(os.devnull, "rb") as null:  # noqa: PTH123
        assert not token.is_empty(null.fileno())


@settings(deadline=None)
@given(st.binary(min_size=1, max_size=512).filter(lambda one: one[0] != 0))
def test_whatever_was_typed_is_not(typed: bytes) -> None:
    assert not _empty(typed + b"\0")
    assert not _empty(typed)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    if os.geteuid() != 0:
        pytest.skip("only root may say that a password was used")
    monkeypatch.setenv("PAM_SERVICE", "sudo")
    monkeypatch.setenv("PAM_USER", "ada")
    return str(tmp_path / "run")


def _taken(folder: str) -> bool:
    stat = Path(f"/proc/{os.getppid()}/stat").read_bytes()
    return token.take_typed(os.getppid(), stat, folder)


def test_what_was_typed_is_told_once(folder: str) -> None:
    assert not _taken(folder)
    token.note_typed(folder)
    assert _taken(folder)
    assert not _taken(folder)


def test_after_enter_nothing_was_typed(folder: str) -> None:
    token.note_typed(folder)
    token.forget_typed(folder)
    assert not _taken(folder)


@pytest.mark.parametrize(("name", "value"), [("PAM_USER", "bob"), ("PAM_SERVICE", "su")])
def test_not_for_another_user_or_service(
    folder: str, name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    token.note_typed(folder)
    monkeypatch.setenv(name, value)
    assert not _taken(folder)


def test_not_for_a_program_that_has_our_parents_number_now(folder: str) -> None:
    token.note_typed(folder)
    place = Path(folder, str(os.getppid()))
    place.write_bytes(b"1\0" + place.read_bytes().partition(b"\0")[2])
    assert not _taken(folder)


@pytest.mark.parametrize("stat", [b"", b"nonsense", b"1 (x", b"1 (x) S"])
def test_not_for_a_program_that_nobody_describes(folder: str, stat: bytes) -> None:
    token.note_typed(folder)
    with pytest.raises(IndexError):
        token.take_typed(os.getppid(), stat, folder)
    assert os.listdir(folder) == []  # noqa: PTH208


def test_nothing_of_what_was_typed_is_noted(folder: str) -> None:
    token.note_typed(folder)
    began = Path(f"/proc/{os.getppid()}/stat").read_text().rpartition(")")[2].split()[19]
    place = Path(folder, str(os.getppid()))
    assert place.read_bytes() == f"{began}\0sudo\0ada".encode()
    assert place.stat().st_mode & 0o777 == 0o600
    assert place.parent.stat().st_mode & 0o777 == 0o700


def test_notes_of_programs_that_have_ended_are_few(folder: str) -> None:
    place = Path(folder)
    place.mkdir()
    for number in range(200):
        # No process has such a number: the kernel's highest is 4194304.
        (place / f"{5_000_000 + number}").touch()
    (place / "1").touch()
    token.note_typed(folder)
    assert sorted(path.name for path in place.iterdir()) == sorted({"1", str(os.getppid())})


def test_a_user_notes_nothing(folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    token.note_typed(folder)
    assert list(tmp_path.iterdir()) == []
    assert not _taken(folder)
