"""An enrolment is of one camera: what another one showed counts for nothing."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from daemon.camera.job import StreamInfo
from daemon.enrolment.job import EnrolJob, EnrolResult, camera_text
from daemon.policy.cameras import Identity
from daemon.recognition.frames import AnalysedFrame
from daemon.recognition.models import Models
from enroll.template import LONGEST_CAMERA
from models.types import Analysis, Face, Quality
from tests.daemon.camera.cameras import INFRARED, OWN
from tests.daemon.fakes import (
    ADA,
    CRITERION,
    FakeDetector,
    FakeEmbedder,
    embedding,
    picture,
)

INFO = Models(FakeDetector(), "fake", FakeEmbedder(), CRITERION).info
_FACE = FakeDetector().detect(picture(ADA))[0]


def frame(number: int) -> AnalysedFrame:
    """A good picture that differs a little from the others."""
    probe = embedding(ADA).copy()
    probe[number % probe.size] += 0.1
    probe /= np.linalg.norm(probe)
    face = Face(_FACE, Quality(0.95), probe)
    return AnalysedFrame(float(number), (320, 240), Analysis((face,)), "", number)


def enrolled(*cameras: Identity | None) -> EnrolResult:
    """The result after five pictures of each camera."""
    results: list[EnrolResult] = []
    post: Callable[[Callable[[], None]], None] = lambda call: call()  # noqa: E731
    job = EnrolJob(
        "default",
        liveness=None,
        deadline=1e9,
        post=post,
        on_step=lambda _: None,
        on_end=results.append,
    )
    for part, camera in enumerate(cameras):
        job.begin(StreamInfo(INFO, still=True, camera=camera))
        for number in range(5):
            job.see(frame(5 * part + number))
    job.end(None, "")
    return results[0]


def test_the_appearance_names_the_camera_that_took_it() -> None:
    new = enrolled(OWN.identity).new
    assert new is not None
    assert new.camera == OWN.identity
    assert new.appearance.camera == str(OWN.identity)
    plain = enrolled(None).new
    assert plain is not None
    assert (plain.camera, plain.appearance.camera) == (None, "")


def test_a_camera_that_was_lost_and_found_goes_on_and_another_begins_anew() -> None:
    same, other = enrolled(OWN.identity, OWN.identity).new, enrolled(OWN.identity, None).new
    mixed = enrolled(OWN.identity, INFRARED.identity).new
    alone = enrolled(INFRARED.identity).new
    assert same is not None
    assert mixed is not None
    assert other is not None
    assert alone is not None
    assert mixed.camera == INFRARED.identity
    assert len(mixed.appearance.embeddings) == len(alone.appearance.embeddings)
    assert len(same.appearance.embeddings) > len(alone.appearance.embeddings)
    assert other.camera is None


def test_a_serial_of_odd_letters_is_one_short_line() -> None:
    text = camera_text(replace(OWN.identity, serial="\u3164" * 300))
    assert len(text) <= LONGEST_CAMERA
    assert text.isascii()
