"""Hours in which nothing is said. Pure."""

from datetime import datetime, time

from daemon.clients.agent.settings import Quiet


def is_quiet(quiet: Quiet, at: datetime) -> bool:
    """Whether it is quiet at the local time `at`.

    From `start` on, until just before `end`, which lies on the next day where it is not later:
    two equal times are a whole day. A night belongs to the day on which it begins.
    """
    if not quiet.enabled:
        return False
    start, end = time.fromisoformat(quiet.start), time.fromisoformat(quiet.end)
    now = at.time().replace(tzinfo=None)
    today = at.weekday()
    if start < end:
        return start <= now < end and _is_day(quiet, today)
    if now >= start:
        return _is_day(quiet, today)
    return now < end and _is_day(quiet, (today - 1) % 7)


def _is_day(quiet: Quiet, weekday: int) -> bool:
    return weekday in quiet.weekdays
