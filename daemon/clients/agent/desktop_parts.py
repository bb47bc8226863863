"""Follows whichever part of the desktop knows something: another one where that one ends."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

AGAIN_SECONDS = 5.0
"""After one has ended: GNOME's shell, started anew on X, is there again by then."""

Follow = Callable[[], Awaitable[bool]]
"""Follows one kind of part to its end; False where there is none of that kind."""


async def follow_first(
    kinds: Sequence[Follow], lost: Callable[[], None], *, again_seconds: float = AGAIN_SECONDS
) -> None:
    """Follows the first of `kinds` that is there, and when it ends whichever is there then.

    Returns when none is. `lost` is called each time that one has ended.
    """
    while await _follow_one(kinds):
        lost()
        await asyncio.sleep(again_seconds)


async def _follow_one(kinds: Sequence[Follow]) -> bool:
    for kind in kinds:
        if await kind():
            return True
    return False
