"""A fresh process is timed and weighed, and one that fails is not taken for a figure."""

from pathlib import Path

import pytest

from models.evaluation.speed.coldstart import ColdStartError, cold_start

_MODULE = """
import sys
def main(arguments):
    if arguments[0] == "large":
        block = bytearray(200_000_000)
        block[::4096] = b"x" * len(block[::4096])
    if arguments[0] == "fail":
        print("no such person", file=sys.stderr)
        return 2
    return 0
"""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "timed_command.py").write_text(_MODULE)
    return {"PYTHONPATH": str(tmp_path)}


def test_memory_is_that_of_the_process_itself(environment: dict[str, str]) -> None:
    small = cold_start("timed_command:main", ["small"], environment=environment, runs=1)
    large = cold_start("timed_command:main", ["large"], environment=environment, runs=1)
    # This test's own process is larger than a bare Python, and must not be counted.
    assert small.resident_mb < 40
    assert 200 < large.resident_mb < 260
    assert small.seconds > 0


def test_another_exit_than_expected_is_no_figure(environment: dict[str, str]) -> None:
    with pytest.raises(ColdStartError, match="no such person"):
        cold_start("timed_command:main", ["fail"], environment=environment, runs=1)
    assert (
        cold_start(
            "timed_command:main", ["fail"], environment=environment, expected_exit=2, runs=1
        ).runs
        == 1
    )


def test_a_single_run_counts_where_no_other_was_asked_for(environment: dict[str, str]) -> None:
    once = cold_start("timed_command:main", ["small"], environment=environment, runs=0)
    assert once.runs == 1
    assert once.seconds > 0
