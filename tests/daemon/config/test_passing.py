"""Sections of a configuration cross to another process and back as one line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.config import Camera, Config, ConfigError, Schedule
from daemon.config.passing import from_line, to_line


@given(
    st.text(st.characters(categories=("L", "N", "P", "S")), min_size=1, max_size=200),
    st.floats(60, 120),
)
def test_what_is_handed_over_comes_back(source: str, rate: float) -> None:
    config = Config(camera=Camera(source=source, full_rate=rate))
    line = to_line(config, ["camera", "recognition"])
    assert line.isprintable()
    assert from_line(line) == config


def test_sections_that_are_not_handed_over_are_default() -> None:
    config = Config(camera=Camera(source="/dev/video7"), schedule=Schedule(watch_seconds=7.0))
    assert from_line(to_line(config, ["camera"])) == Config(camera=config.camera)


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("", "are not JSON"),
        ("[" * 100_000, "are not JSON"),
        ("[]", "must be a table"),
        ('{"camera": 1}', "camera: must be a table"),
        ('{"camera": {"sauce": "auto"}}', "sauce"),
        ('{"camera": {"full_rate": NaN}}', "NaN is no number"),
        ('{"camera": {"full_rate": 1e999}}', "full_rate"),
        ('{"kitchen": {}}', "kitchen"),
    ],
)
def test_what_is_none_is_refused(line: str, complaint: str) -> None:
    with pytest.raises(ConfigError) as refused:
        from_line(line)
    assert complaint in str(refused.value)
