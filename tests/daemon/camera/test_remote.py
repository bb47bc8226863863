"""The service believes nothing of a camera worker but the form of its messages."""

import asyncio
import gc
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from daemon.api import Reason, Verdict
from daemon.camera.frame_message import FrameMessage, MessageError
from daemon.camera.protocol import (
    LARGEST,
    Add,
    Begin,
    Block,
    Drop,
    End,
    FromWorker,
    Kind,
    Loaded,
    Plain,
    Pulse,
    Shown,
    from_worker,
    pack,
)
from daemon.camera.protocol import Camera as CameraMessage
from daemon.camera.reports import CameraReport, CameraState, ModelReport
from daemon.recognition.results import AttemptResult
from daemon.verification.job import VerifyJob
from models.liveness.evidence import CueEvidence, no_evidence
from models.types import Analysis, Box, Detection, Face
from tests.daemon.camera.cameras import INFRARED, OWN
from tests.daemon.camera.remote_scene import (
    FACE,
    MODELS,
    Job,
    Scene,
    play,
    shown,
)
from tests.daemon.fakes import ADA, embedding, person


def test_frames_reach_the_job_until_it_is_done(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        job = Job(frames=2)
        await scene.begun(job)
        await scene.worker.say(shown(0), shown(1), shown(2))
        assert await job.ended == (None, "")
        assert [frame.index for frame in job.frames if frame] == [0, 1]
        assert isinstance(await scene.worker.heard(), Drop)
        assert scene.camera.attentive

    assert play(tmp_path, story).faults == []


def test_what_the_cues_say_comes_along(tmp_path: Path) -> None:
    said = (CueEvidence("texture", -3.0, "picture"), no_evidence("depth", "no-motion"))

    async def story(scene: Scene) -> None:
        job = Job(frames=1)
        await scene.begun(job)
        seen = FrameMessage(1.0, (320, 240), 1, Analysis((FACE,)), said)
        await scene.worker.say(Shown((1,), False, seen))
        await job.ended
        assert [frame.liveness for frame in job.frames if frame] == [said]

    play(tmp_path, story)


def test_what_it_says_before_it_has_begun_or_of_no_job_is_not_shown(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        job = Job()
        scene.camera.add(job)
        await scene.worker.accept()
        await scene.worker.say(shown(0), shown(1, job=77), End(77, None, ""), End(1, None, ""))
        await job.ended
        assert job.frames == []

    play(tmp_path, story)


def test_models_that_nobody_knows_recognise_nothing(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        job = Job()
        scene.camera.add(job)
        await scene.worker.accept()
        await scene.worker.say(Loaded(ModelReport("own", "own:1", "int8", "x", 9.0)))
        await scene.worker.say(Begin(1, still=True), shown(0))
        assert (await job.ended)[0] is Reason.NO_MODEL
        assert job.frames == []

    assert "there is no embedder 'own'" in play(tmp_path, story).faults[0]


def _nan() -> bytes:
    face = Face(FACE.detection, FACE.quality, np.full(64, np.nan, np.float32))
    return pack(Shown((1,), False, FrameMessage(0.0, (1, 1), 0, Analysis((face,)))), 2)


@pytest.mark.parametrize(
    "datagram",
    [
        b"",
        b"x",
        bytes(LARGEST),
        pack(shown(0), 2)[:-1],
        pack(shown(0), 2) + b"\0",
        pack(shown(0), 1),  # again
        pack(shown(0), 3),  # one is missing
        pack(Plain(Kind.WAKE), 2),  # what only a service says
        pack(Block("x", on=True), 2),
        pack(Pulse(float("nan"), attentive=False, hangs=False), 2),
        _nan(),
    ],
    ids=lambda raw: f"{len(raw)} bytes",
)
def test_whatever_is_no_message_ends_the_attempt_and_nothing_is_seen(
    tmp_path: Path, datagram: bytes
) -> None:
    async def story(scene: Scene) -> None:
        job = Job()
        await scene.begun(job)
        await scene.worker.send(datagram)
        reason, _ = await job.ended
        assert reason is Reason.CAMERA_LOST
        assert job.frames == []

    play(tmp_path, story)


def test_a_worker_that_dies_is_followed_by_the_next_one(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        watch, attempt = Job(patient=True), Job()
        await scene.begun(watch)
        while not watch.begun:
            await asyncio.sleep(0)
        scene.camera.block("lid", on=True)
        scene.camera.add(attempt)
        scene.worker.die()
        assert (await attempt.ended)[0] is Reason.CAMERA_LOST
        await scene.worker.accept()
        assert await scene.worker.heard() == Block("lid", on=True)
        added = await scene.worker.heard()
        assert isinstance(added, Add)
        await scene.worker.say(Loaded(MODELS), Begin(added.job, still=False))
        await scene.worker.say(*(shown(number, added.job) for number in range(3)))
        assert await watch.ended == (None, "")
        assert len(watch.begun) == 2

    play(tmp_path, story)


def test_what_a_worker_does_not_end_ends_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("daemon.camera.remote_jobs._GRACE_SECONDS", 0.0)

    async def story(scene: Scene) -> None:
        job = Job(seconds=0.02)
        await scene.begun(job)
        assert await job.ended == (None, "")

    play(tmp_path, story)


def test_the_largest_face_is_what_is_largest(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        job = Job(frames=1)
        await scene.begun(job)
        large = Face(
            Detection(Box(0.0, 0.0, 200.0, 200.0), 0.9, FACE.detection.landmarks),
            FACE.quality,
            embedding(2),
        )
        frame = FrameMessage(0.0, (320, 240), 0, Analysis((FACE, large)))
        await scene.worker.say(Shown((1,), False, frame))
        await job.ended
        (seen,) = job.frames
        assert seen is not None
        assert seen.analysis.faces[0].detection.box.width == 200.0

    play(tmp_path, story)


def sized(number: int, width: int, height: int, job: int = 1) -> Shown:
    frame = FrameMessage(number / 30.0, (width, height), number, Analysis((FACE,)))
    return Shown((job,), True, frame)


def verification(ended: Callable[[AttemptResult, str], None]) -> VerifyJob:
    """The real job of an attempt at Ada, whose face every message has."""
    return VerifyJob(
        person("Ada", ADA),
        liveness=None,
        deadline=asyncio.get_running_loop().time() + 60.0,
        post=lambda call: call(),
        on_frame=lambda _: None,
        on_end=ended,
    )


def verdict_of(folder: Path, *messages: FromWorker) -> Verdict:
    """Of an attempt at Ada for which a worker says this, and then dies."""
    results: list[AttemptResult] = []

    async def story(scene: Scene) -> None:
        over = asyncio.Event()

        def ended(result: AttemptResult, _problem: str) -> None:
            results.append(result)
            over.set()

        job = verification(ended)
        scene.camera.add(job)
        await scene.worker.accept()
        assert isinstance(await scene.worker.heard(), Add)
        await scene.worker.say(Loaded(MODELS), *messages)
        scene.worker.die()
        await over.wait()

    play(folder, story)
    (result,) = results
    return result.verdict


OPEN = CameraReport(CameraState.OPEN, "/dev/video0", identity=OWN.identity)
OTHER = CameraReport(CameraState.OPEN, "/dev/video0", identity=INFRARED.identity)


def test_frames_of_one_stream_are_a_match(tmp_path: Path) -> None:
    frames = (shown(one) for one in range(3))
    verdict = verdict_of(tmp_path, CameraMessage(OPEN), Begin(1, still=False), *frames)
    assert verdict is Verdict.MATCHED


@pytest.mark.parametrize(
    "between",
    [
        [CameraMessage(OTHER)],
        [CameraMessage(CameraReport(CameraState.CLOSED))],
        [CameraMessage(OTHER), Begin(1, still=False)],
        [CameraMessage(CameraReport(CameraState.OPENING)), CameraMessage(OPEN)],
        [sized(2, 640, 480)],
    ],
    ids=["identity", "closed", "identity, begun anew", "opened anew", "size"],
)
def test_what_was_seen_before_the_camera_became_another_counts_no_more(
    tmp_path: Path, between: list[FromWorker]
) -> None:
    said: list[FromWorker] = [CameraMessage(OPEN), Begin(1, still=False), shown(0), shown(1)]
    assert verdict_of(tmp_path, *said, *between, shown(3), shown(4)) is Verdict.UNDECIDED


def test_a_size_that_changes_with_every_frame_never_comes_to_a_verdict(tmp_path: Path) -> None:
    changing = (sized(number, 320 + number, 240) for number in range(200))
    verdict = verdict_of(tmp_path, CameraMessage(OPEN), Begin(1, still=False), *changing)
    assert verdict is Verdict.UNDECIDED


def test_that_an_open_camera_is_no_infrared_one_interrupts_nothing(tmp_path: Path) -> None:
    told = CameraMessage(replace(OPEN, infrared=True))
    said: list[FromWorker] = [told, Begin(1, still=False), shown(0), CameraMessage(OPEN)]
    said += [shown(1), shown(2)]
    assert verdict_of(tmp_path, *said) is Verdict.MATCHED


def test_a_hundred_thousand_hostile_messages_are_refused_or_harmless() -> None:
    """No fault but MessageError, whatever is said; nothing is kept of it."""
    chance = random.Random(7)
    messages = (shown(0), Loaded(MODELS), Begin(1, still=True), End(1, Reason.NO_FACE, "x"))
    good = [pack(message, 1) for message in (*messages, Pulse(1.0, attentive=True, hangs=False))]
    hostile = [b"\0\0\xc0\x7f", b"\0\0\x80\x7f", b"\xff" * 4]  # NaN, infinity, all ones
    before = 0
    for turn in range(100_000):
        if turn == 50_000:
            before = len(gc.get_objects())
        datagram = bytearray(chance.choice(good))
        kind = turn % 4
        if kind == 0:
            del datagram[chance.randrange(len(datagram)) :]
        elif kind == 1:
            place = chance.randrange(len(datagram))
            datagram[place] ^= chance.randrange(1, 256)
        elif kind == 2:
            place = chance.randrange(max(len(datagram) - 4, 1))
            datagram[place : place + 4] = chance.choice(hostile)
        else:
            datagram += chance.randbytes(chance.randrange(1, 64))
        try:
            message, _ = from_worker(bytes(datagram))
        except MessageError:
            continue
        if isinstance(message, Shown) and message.frame is not None:
            assert all(np.isfinite(face.embedding).all() for face in message.frame.analysis.faces)
    assert len(gc.get_objects()) - before < 1000
