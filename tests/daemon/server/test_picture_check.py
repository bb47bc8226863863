"""What a look through the camera says of it, from frames alone."""

import asyncio
from collections.abc import Iterable

import numpy as np
import pytest

from daemon.api import Reason
from daemon.camera.job import Job
from daemon.recognition.frames import AnalysedFrame
from daemon.server.picture_check import MOST_SECONDS, SECONDS, PictureCheck
from enroll.guide.prompts import Prompt
from models.types import Analysis, Box, Detection, Face, Quality

_FACE = Face(
    Detection(Box(60, 0, 260, 200), 0.999, np.zeros((5, 2), np.float32), True),
    Quality(1.0),
    np.ones(4, np.float32),
)
UPRIGHT, NOBODY = (True, None), (False, None)
AROUND, BLACK = (False, Prompt.TURN_PICTURE_AROUND), (False, Prompt.PICTURE_IS_BLACK)


class Camera:
    """Keeps the jobs that it is given."""

    def __init__(self) -> None:
        self.jobs: list[Job] = []

    def add(self, job: Job) -> None:
        self.jobs.append(job)


def frame(time: float, *, face: bool, scene: Prompt | None) -> AnalysedFrame:
    faces = (_FACE,) if face else ()
    return AnalysedFrame(time, (320, 240), Analysis(faces), scene=scene)


def shown(job: Job, frames: Iterable[tuple[bool, Prompt | None]], start: float = 0.0) -> int:
    """Shows ten frames a second until it is done, as the camera does; how many it took."""
    taken = 0
    for taken, (face, scene) in enumerate(frames, start=1):
        if job.see(frame(start + taken / 10.0, face=face, scene=scene)).done:
            break
    return taken


@pytest.mark.parametrize(
    ("frames", "word", "taken"),
    [
        ([UPRIGHT] * 50, "face-seen", 3),
        ([NOBODY] * 8 + [AROUND] * 9, "turn-the-picture-around", 9),
        # One frame of an upright face does not end it: what comes may be turned.
        ([UPRIGHT, AROUND, UPRIGHT], "turn-the-picture-around", 2),
        ([BLACK] * 99, "picture-is-black", round(SECONDS * 10) + 1),
        ([NOBODY] * 99, "looking", round(SECONDS * 10) + 1),
        # A camera that wakes up is black for a moment.
        ([BLACK] * 2 + [NOBODY] * 99, "looking", round(SECONDS * 10) + 1),
    ],
)
def test_what_is_said(frames: list[tuple[bool, Prompt | None]], word: str, taken: int) -> None:
    async def run() -> None:
        camera = Camera()
        asked = asyncio.ensure_future(PictureCheck(camera, lambda: 7.0).word())
        await asyncio.sleep(0)
        (job,) = camera.jobs
        assert job.deadline == 7.0 + MOST_SECONDS
        assert shown(job, frames) == taken
        job.end(None, "")
        assert await asked == (word, "")

    asyncio.run(run())


def test_without_a_picture_it_says_why() -> None:
    async def run() -> None:
        camera = Camera()
        asked = asyncio.ensure_future(PictureCheck(camera).word())
        await asyncio.sleep(0)
        camera.jobs[0].end(Reason.NO_CAMERA, "there is no camera")
        assert await asked == ("looking", "there is no camera")

    asyncio.run(run())


def test_those_who_ask_meanwhile_share_an_answer_and_the_next_is_another() -> None:
    async def run() -> None:
        camera = Camera()
        check = PictureCheck(camera)
        both = [asyncio.ensure_future(check.word()) for _ in range(2)]
        await asyncio.sleep(0)
        (job,) = camera.jobs
        both[0].cancel()  # who has left the bus takes nothing from the other
        shown(job, [UPRIGHT] * 3)
        job.end(None, "")
        assert await both[1] == ("face-seen", "")
        asked = asyncio.ensure_future(check.word())
        await asyncio.sleep(0)
        camera.jobs[1].end(None, "")
        assert await asked == ("looking", "no picture came")

    asyncio.run(run())


def test_what_was_seen_before_the_camera_was_lost_counts_no_more() -> None:
    async def run() -> None:
        camera = Camera()
        asked = asyncio.ensure_future(PictureCheck(camera).word())
        await asyncio.sleep(0)
        (job,) = camera.jobs
        shown(job, [UPRIGHT] * 2)
        job.begin(None)  # type: ignore[arg-type]
        shown(job, [AROUND], start=9.0)
        job.end(None, "")
        assert await asked == ("turn-the-picture-around", "")

    asyncio.run(run())
