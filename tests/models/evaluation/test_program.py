"""What a program of the package prints, and how it ends."""

from collections.abc import Iterator

import pytest

from models.errors import UsageError
from models.evaluation import program


def test_each_line_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert program.run(iter(["one", "two"])) == 0
    assert capsys.readouterr() == ("one\ntwo\n", "")


def test_what_is_wrong_is_one_line_after_what_was_found(capsys: pytest.CaptureFixture[str]) -> None:
    def lines() -> Iterator[str]:
        yield "one"
        raise UsageError("no face in these pictures")

    assert program.run(lines()) == 2
    assert capsys.readouterr() == ("one\n", "no face in these pictures\n")
