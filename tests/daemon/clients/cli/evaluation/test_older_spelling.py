"""How `facelatch evaluate` was called before it had subcommands still works."""

import pytest

from daemon.clients.cli.evaluation.evaluate import EVALUATIONS, translated
from daemon.clients.cli.main import main
from models.errors import UsageError


@pytest.mark.parametrize(
    ("older", "today"),
    [
        ("--pairs p --images d", "lfw --pairs p --images d"),
        ("--images d --pairs=p --json", "lfw --images d --pairs=p --json"),
        ("--protocol lfw --pairs p --images d", "lfw --pairs p --images d"),
        ("--protocol=lfw --pairs p --images d", "lfw --pairs p --images d"),
        ("--images d", "folder --images d"),
        ("--images d --protocol quality", "folder --images d --protocol quality"),
        ("--images d --groups g --skip-missing", "folder --images d --groups g"),
        ("--sequences --images d --clips 9", "sequences --images d --clips 9"),
        ("--images d --enrolment-guide", "enrolment --images d"),
        ("--images d --pairs p --report r.md", "report --images d --pairs p --report r.md"),
        ("--debug --images d", "--debug folder --images d"),
        ("folder --images d", "folder --images d"),
        ("--debug lfw --images d", "--debug lfw --images d"),
        ("--help", "--help"),
        ("", ""),
        ("nonsense", "nonsense"),
    ],
)
def test_a_subcommand_is_put_in_front(older: str, today: str) -> None:
    assert translated(older.split()) == today.split()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("--sequences --pairs p", "--pairs does not belong to --sequences"),
        ("--sequences --report r.md", "--report does not belong to --sequences"),
        ("--pairs p --enrolled 3", "belong to pictures without --pairs"),
        ("--images d --clips 3", "--clips belongs to"),
    ],
)
def test_options_that_never_went_together(words: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        translated(words.split())


@pytest.mark.parametrize("name", EVALUATIONS)
def test_each_evaluation_has_help_of_its_own(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["evaluate", name, "--help"])
    assert stop.value.code == 0
    out = capsys.readouterr().out
    assert f"facelatch evaluate {name}" in out
    assert ("--pairs FILE" in out) == (name in {"lfw", "report"})
    assert ("--clips N" in out) == (name in {"sequences", "report"})


def test_an_option_of_another_evaluation_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["evaluate", "folder", "--images", "x", "--plot", "x.png"])
    assert stop.value.code == 2
    assert "unrecognized arguments: --plot" in capsys.readouterr().err


def test_debug_is_heard_before_and_after_the_subcommand() -> None:
    for words in (["--debug", "folder"], ["folder", "--debug"]):
        with pytest.raises(UsageError, match="is not a folder"):
            main(["evaluate", *words, "--images", "/nowhere"])
