"""The battery as the kernel describes it, and what is none of the computer's."""

from pathlib import Path

import pytest

from daemon.clients.agent.battery import share_left


def _supply(folder: Path, name: str, **values: str) -> None:
    (folder / name).mkdir()
    for key, value in values.items():
        (folder / name / key).write_text(value + "\n")


@pytest.mark.parametrize(
    ("values", "share"),
    [
        ({"type": "Battery", "status": "Discharging", "capacity": "42"}, 0.42),
        ({"type": "Battery", "status": "Charging", "capacity": "42"}, None),
        ({"type": "Battery", "status": "Discharging", "capacity": "250"}, 1.0),
        ({"type": "Battery", "status": "Discharging", "capacity": "much"}, None),
        ({"type": "Battery", "status": "Discharging"}, None),
        ({"type": "Battery", "scope": "Device", "status": "Discharging", "capacity": "1"}, None),
        ({"type": "Mains", "online": "1"}, None),
    ],
)
def test_only_a_battery_that_is_emptied_counts(
    tmp_path: Path, values: dict[str, str], share: float | None
) -> None:
    _supply(tmp_path, "BAT0", **values)
    assert share_left(tmp_path) == share


def test_of_two_batteries_the_fuller_one(tmp_path: Path) -> None:
    for name, capacity in (("BAT0", "5"), ("BAT1", "80")):
        _supply(tmp_path, name, type="Battery", status="Discharging", capacity=capacity)
    assert share_left(tmp_path) == 0.8


def test_where_the_kernel_says_nothing_there_is_none(tmp_path: Path) -> None:
    assert share_left(tmp_path / "none") is None
