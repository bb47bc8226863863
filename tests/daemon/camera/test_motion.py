"""How much of a picture moves."""

from daemon.camera.motion import Motion
from tests.daemon.fakes import NOBODY, picture


def test_motion_is_the_share_that_differs() -> None:
    motion = Motion()
    assert motion.change(picture(NOBODY)) == float("inf")
    assert motion.change(picture(NOBODY)) == 0.0
    half = picture(NOBODY).copy()
    half[:120] = 255 - half[:120]
    assert 0.2 < motion.change(half) <= 0.5
