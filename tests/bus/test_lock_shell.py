"""Lock screens with conversations of their own, against the real daemon, libpam and helper."""

from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path

import pytest

from tests.bus.lock_shell import RIGHT, LockShell
from tests.bus.other import needs_root
from tests.bus.world import Home

pytestmark = [needs_root, pytest.mark.slow]

EVENTS = ("blank", "wake", "key", "match", "no_match", "suspend")
ORDERS = [(*one[at % 3 :], *one[: at % 3]) for at, one in enumerate(combinations(EVENTS, 3))]
"""Three of the six in turn, each of them first, second and last somewhere: twenty."""


def _right(order: Sequence[str]) -> str:
    """What such an evening ends with; nobody is there at first, and the face is looked for."""
    looks, there = True, ""
    for event in order:
        if event in ("blank", "suspend"):
            looks = False
        elif event in ("wake", "key"):
            looks = True
        else:
            there = event
        if looks and there == "match":
            return "face"
        looks = looks and there != "no_match"
    return "password"


@pytest.fixture
def shell(home: Home, tmp_path: Path) -> Iterator[LockShell]:
    home.stage("empty")
    home.configure("attempts", before_pause="20", before_password="100")  # noqa: S106
    home.configure("requests", attempt_seconds="60")
    folder = tmp_path / "shell"
    folder.mkdir()
    with home.start().client() as client:
        found = LockShell(home, client, folder)
        yield found
        found.close()


def test_all_twenty_orders_have_one_right_end_and_leave_nothing_behind(shell: LockShell) -> None:
    assert len(set(ORDERS)) == 20
    for order in ORDERS:
        shell.opened.clear()
        shell.lock()
        for event in order:
            getattr(shell, event)()
        # The password wins at once where nothing else did, also while the face is looked for.
        if not shell.opened:
            assert shell.type(RIGHT)
        assert (order, shell.opened) == (order, [_right(order)])
        assert shell.left_behind() == []


def test_enter_alone_beside_a_face_that_is_looked_for(shell: LockShell) -> None:
    """Both ask for the same face: one answer, and the other conversation ends."""
    shell.lock()
    shell._running["password"].type("")
    shell._stage("owner")
    assert shell._yes("password")
    assert shell.opened == ["password"] and shell.left_behind() == []


def test_what_was_locked_by_hand_is_not_opened_by_the_face_at_once(
    shell: LockShell, home: Home
) -> None:
    home.lock("1", idle=False)
    shell._stage("owner")
    shell._begin("face")
    face = shell._running["face"]
    assert not face.ended() and face.said[0].startswith("absence-needed: the session was locked by")
    shell._begin("password")
    assert shell.type(RIGHT)
