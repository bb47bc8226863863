"""Levels of security are false-accept rates with names."""

import pytest

from models.errors import UsageError
from models.scoring.security import CUSTOM, LEVELS, STANDARD, Level, parse_level


def test_levels_have_the_rates_that_are_promised() -> None:
    assert dict(LEVELS) == {"convenient": 1e-3, "standard": 1e-4, "strict": 1e-5}
    assert parse_level("standard") == STANDARD == Level("standard", 1e-4)


def test_a_rate_is_a_level_of_ones_own_unless_it_has_a_name() -> None:
    assert parse_level("0.0005") == Level(CUSTOM, 0.0005)
    assert parse_level("1e-5").name == "strict"
    assert parse_level("1e-2").far == 0.01


@pytest.mark.parametrize(
    "text", ["", "lax", "STANDARD", "1e-6", "0.011", "0", "-1", "nan", "inf", "1e-4x", "x" * 5000]
)
def test_anything_else_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(UsageError, match="no security") as error:
        parse_level(text)
    assert len(str(error.value)) < 300
    assert "\n" not in str(error.value)
