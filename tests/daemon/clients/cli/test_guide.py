"""The guided first run: what is offered, skipped, repeated."""

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from daemon.clients.cli import guide, setup
from daemon.clients.cli.guide import STEPS, GuideStep
from daemon.clients.cli.main import main, parser
from daemon.clients.windows import first_run
from models import calibrations
from models.assets import extras
from models.scoring.security import STANDARD

ALL_DONE: dict[str, Any] = {
    "state": "ready",
    "trusted": "/dev/video0",
    "embedder": "mobilefacenet",
    "appearances": 1,
    "unlocking": True,
    "leaving": "on, after 60 s",
    "pam": "sudo",
}
CHOSEN = {"better model", "leaving", "sudo"}
ALWAYS = {"light", "greeting", "test"}
"""What is offered each time: there is nothing that it would leave behind."""


def led(
    typed: Sequence[str], facts: dict[str, Any], *, codes: Iterator[int] | None = None
) -> tuple[list[str], list[str], int]:
    """The steps that were taken, what was said, and how many failed in the end."""
    answers = iter(typed)
    ran: list[str] = []
    said: list[str] = []

    def run(step: GuideStep) -> int:
        ran.append(step.name)
        return next(codes) if codes else 0

    failed = guide.guide(STEPS, lambda: facts, lambda _: next(answers), run, said.append)
    return ran, said, failed


def test_with_enter_alone_everything_is_done_but_what_is_to_be_chosen() -> None:
    # Enter does a step, and Enter goes on after it.
    ran, said, failed = led([""] * 20, {})
    assert ran == [step.name for step in STEPS if step.name not in CHOSEN]
    assert said[0].startswith("\n1 of 11  service\n")
    assert failed == 0


def test_what_is_done_is_said_and_passed_by() -> None:
    ran, said, _ = led([""] * 20, ALL_DONE)
    assert set(ran) == ALWAYS
    assert "\n6 of 11  enrol: 1 enrolled\n" in "".join(said)


def test_who_enrols_once_more_replaces_what_was_enrolled() -> None:
    ran: list[tuple[str, ...]] = []

    def run(step: GuideStep) -> int:
        ran.append(step.command)
        return 0

    enrol = [step for step in STEPS if step.name == "enrol"]
    answers = iter(["", "r", ""])
    assert guide.guide(enrol, dict, lambda _: next(answers), run, str) == 0
    assert ran == [("enroll",), ("enroll", "--replace")]


@pytest.mark.parametrize("word", ["s", "skip", "n"])
def test_every_step_can_be_skipped(word: str) -> None:
    assert led([word] * len(STEPS), {})[0] == []


def test_every_step_can_be_repeated_also_one_that_was_done() -> None:
    typed = [word for _ in STEPS for word in ("r", "r", "")]
    assert led(typed, ALL_DONE)[0] == [step.name for step in STEPS for _ in range(2)]


def test_it_can_be_ended() -> None:
    assert led(["", "", "q"], {})[0] == ["service"]


def test_a_step_that_fails_is_said_and_counts_until_it_works() -> None:
    ran, said, failed = led(["", "q"], {}, codes=iter([3]))
    assert (ran, failed) == (["service"], 1)
    assert "it did not work (3)" in said
    assert led(["", "r", "q"], {}, codes=iter([3, 0]))[2] == 0


def test_without_a_model_the_step_is_offered_whatever_is_named() -> None:
    model = next(step for step in STEPS if step.name == "model")
    assert model.done(ALL_DONE) == "mobilefacenet"
    assert model.done({**ALL_DONE, "state": "no-model"}) == ""


def test_a_network_of_unknown_training_is_brought_only_where_somebody_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    better = [step for step in STEPS if step.name == "better model"]
    monkeypatch.setattr(extras, "converts", lambda: True)
    ran: list[tuple[str, ...]] = []

    def run(step: GuideStep) -> int:
        ran.append(step.command)
        return 0

    assert guide.guide(better, dict, lambda _: "", run, str) == 0
    assert ran == []
    answers = iter(["r", ""])
    assert guide.guide(better, dict, lambda _: next(answers), run, str) == 0
    assert ran == [("setup", "--embedder", "mbf")]


def test_where_there_is_nothing_to_choose_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    (better,) = (step for step in STEPS if step.name == "better model")
    monkeypatch.setattr(extras, "converts", lambda: False)
    assert better.done({"embedder": "mbf"}) == "mbf"
    assert "enrolled anew" in better.done({"embedder": "mobilefacenet", "better-embedder": "mbf"})
    assert "cannot convert" in better.done({"embedder": "mobilefacenet"})
    monkeypatch.setattr(extras, "converts", lambda: True)
    assert better.done({"embedder": "mobilefacenet"}) == ""


def test_what_the_better_network_buys_is_what_its_calibration_says() -> None:
    missed = [
        round(100 * calibrations.shipped(name).held_out[STANDARD.name].frr)
        for name in ("mbf", "sface-mobilefacenet")
    ]
    said = f"in {missed[0]}, sface-mobilefacenet in {missed[1]}."
    assert said in guide.BETTER_MODEL
    assert said in first_run.words()["better model"][1]


def test_each_step_is_a_command_that_there_is() -> None:
    for step in STEPS:
        arguments = parser().parse_args(list(step.command))
        assert arguments.module.__name__.endswith(f".{step.command[0]}")


def test_the_command_that_was_typed_is_the_one_that_is_run_as_root_by_sudo(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    program = tmp_path / "facelatch"
    program.touch()
    ran: list[list[str]] = []

    class Done:
        returncode = 0

    def run(command: list[str], **_: object) -> Done:
        ran.append(command)
        return Done()

    monkeypatch.setattr(sys, "argv", [str(program)])
    monkeypatch.setattr("subprocess.run", run)
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr("builtins.input", lambda _: "")
    monkeypatch.setattr(guide, "facts_of_service", lambda: {})
    assert guide.lead() == 0
    assert ran[0] == ["sudo", str(program), "setup"]
    assert [str(program), "enroll"] in ran
    assert f"$ sudo {program} setup" in capsys.readouterr().out


def test_who_ends_the_input_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def ended(_: str) -> str:
        raise EOFError

    monkeypatch.setattr("builtins.input", ended)
    monkeypatch.setattr(guide, "facts_of_service", lambda: {})
    assert guide.lead() == 1


@pytest.mark.parametrize(
    ("words", "user", "terminal", "expected"),
    [
        ((), 1000, True, True),
        ((), 1000, False, False),
        ((), 0, True, False),
        (("--dry-run",), 1000, True, False),
        (("--remove",), 1000, True, False),
        (("--embedder", "resnet"), 1000, True, False),
    ],
)
def test_only_a_person_at_a_terminal_who_asks_for_nothing_else_is_led(
    words: Sequence[str],
    user: int,
    terminal: bool,
    expected: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    went: list[str] = []
    monkeypatch.setattr(os, "geteuid", lambda: user)
    for stream in (sys.stdin, sys.stdout):
        monkeypatch.setattr(stream, "isatty", lambda: terminal, raising=False)
    monkeypatch.setattr(guide, "lead", lambda: _note(went, "led"))
    monkeypatch.setattr(setup, "_install", lambda _: _note(went, "installed"))
    assert main(["setup", *words]) == 0
    assert went == ["led" if expected else "installed"]


def _note(went: list[str], what: str) -> int:
    went.append(what)
    return 0
