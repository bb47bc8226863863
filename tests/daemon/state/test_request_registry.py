"""Numbers and limits of requests."""

import asyncio
import math
from pathlib import Path

import pytest

from daemon.api import Error
from daemon.config import Config, Requests
from daemon.errors import RefusalError
from daemon.state.request_registry import RequestRegistry, seconds_of
from tests.daemon.state.service import Service

ADA, BOB = 1000, 1001
LIMITS = Config(requests=Requests(per_user=2, most=3))


async def _registry(folder: Path) -> RequestRegistry:
    return RequestRegistry(Service(folder, LIMITS).context)


def test_numbers_rise_also_where_requests_have_ended(tmp_path: Path) -> None:
    registry = asyncio.run(_registry(tmp_path))
    first = registry.open(ADA)
    registry.close(first)
    assert registry.open(ADA) > first
    assert registry.running == 1


def test_neither_one_user_nor_all_have_more_than_the_limit(tmp_path: Path) -> None:
    registry = asyncio.run(_registry(tmp_path))
    first = registry.open(ADA)
    registry.open(ADA)
    # However many connections they open.
    with pytest.raises(RefusalError) as refusal:
        registry.open(ADA)
    assert refusal.value.error is Error.TOO_MANY_REQUESTS
    registry.open(BOB)
    with pytest.raises(RefusalError):
        registry.check_room(1002)
    registry.close(first)
    registry.check_room(1002)


@pytest.mark.parametrize("seconds", [0.0, -1.0, 60.1, math.nan, math.inf])
def test_seconds_out_of_bounds_are_refused(seconds: float) -> None:
    with pytest.raises(RefusalError) as refusal:
        seconds_of({"seconds": seconds}, default=1.0, most=60.0)
    assert refusal.value.error is Error.INVALID_ARGUMENTS


def test_seconds_have_a_default() -> None:
    assert seconds_of({}, default=30.0, most=60.0) == 30.0
    assert seconds_of({"seconds": 60.0}, default=30.0, most=60.0) == 60.0
