"""A frame crosses unchanged, and whatever else comes is refused."""

import struct
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.camera.frame_message import (
    FRAME_SIZE,
    MOST_FACES,
    FrameMessage,
    MessageError,
    pack_frame,
    unpack_frame,
)
from enroll.guide.prompts import SCENES, Prompt
from models.liveness.evidence import CueEvidence
from models.types import Analysis, Box, Detection, Face, Quality

SIZE = (640, 480)


def face(left: float = 100.0, side: float = 80.0, dimension: int = 128) -> Face:
    box = Box(left, 50.0, left + side, 50.0 + side)
    points = np.arange(10, dtype=np.float32).reshape(5, 2) + left
    rows = np.linspace(-1.0, 1.0, dimension, dtype=np.float32)
    return Face(Detection(box, 0.75, points), Quality(0.5, ("come closer", "too dark")), rows)


def message(*faces: Face) -> FrameMessage:
    cues = (CueEvidence("texture", -1.5, "screen"), CueEvidence("depth", 0.0, "no-motion", False))
    return FrameMessage(1.5, SIZE, 7, Analysis(faces, {"detect": 4.0, "embed": 3.0}), cues)


@pytest.mark.parametrize("count", [0, 1, 3, MOST_FACES])
def test_a_frame_arrives_as_it_was_sent(count: int) -> None:
    sent = message(*(face(50.0 * number, 80.0 - number) for number in range(count)))
    packed = pack_frame(sent)
    assert len(packed) == FRAME_SIZE
    got = unpack_frame(packed)
    assert (got.time, got.size, got.index, got.liveness) == (1.5, SIZE, 7, sent.liveness)
    assert got.analysis.stages_ms["detect"] == 4.0
    for one, other in zip(got.analysis.faces, sent.analysis.faces, strict=True):
        assert one.detection.box == other.detection.box
        assert one.quality == other.quality
        assert np.array_equal(one.embedding, other.embedding)
        assert np.array_equal(one.detection.landmarks, other.detection.landmarks)


@pytest.mark.parametrize("scene", SCENES)
def test_what_is_wrong_with_a_picture_arrives_too(scene: Prompt) -> None:
    assert unpack_frame(pack_frame(replace(message(), scene=scene))).scene is scene
    assert unpack_frame(pack_frame(message())).scene is None


def test_another_scene_is_refused_and_so_is_one_beside_a_face() -> None:
    place = struct.calcsize("<HHI")
    packed = bytearray(pack_frame(message()))
    packed[place] = len(SCENES) + 1
    with pytest.raises(MessageError):
        unpack_frame(bytes(packed))
    packed = bytearray(pack_frame(message(face())))
    packed[place] = 1
    with pytest.raises(MessageError):
        unpack_frame(bytes(packed))


@pytest.mark.parametrize("held", [False, True])
@pytest.mark.parametrize("measured", [False, True])
def test_what_is_known_of_a_face_beside_its_numbers_arrives(held: bool, measured: bool) -> None:
    one = face()
    detection = replace(one.detection, landmarks_measured=measured)
    sent = replace(one, detection=detection, held=held)
    (got,) = unpack_frame(pack_frame(message(sent))).analysis.faces
    assert (got.held, got.detection.landmarks_measured) == (held, measured)


def test_only_the_largest_faces_cross() -> None:
    got = unpack_frame(pack_frame(message(*(face(10.0 * n) for n in range(9)))))
    assert len(got.analysis.faces) == MOST_FACES


@given(st.binary(max_size=2 * FRAME_SIZE))
def test_noise_is_refused(raw: bytes) -> None:
    with pytest.raises(MessageError):
        unpack_frame(raw)


@given(
    st.integers(0, FRAME_SIZE - 4),
    st.sampled_from([float("nan"), float("inf"), float("-inf"), 3.4e38, -3.4e38, 1e-45]),
)
def test_a_hostile_number_anywhere_is_refused_or_harmless(place: int, value: float) -> None:
    packed = bytearray(pack_frame(message(face(), face(300.0))))
    struct.pack_into("<f", packed, place, value)
    try:
        got = unpack_frame(bytes(packed))
    except MessageError:
        return
    for one in got.analysis.faces:
        assert np.isfinite(one.embedding).all()
        assert np.isfinite(one.detection.landmarks).all()
        assert 0.0 <= one.quality.score <= 1.0
    assert 0.0 <= got.time <= 1e9
    assert all(np.isfinite(cue.llr) for cue in got.liveness)


@given(st.integers(0, FRAME_SIZE - 1), st.binary(min_size=1, max_size=64))
def test_a_changed_message_is_refused_or_has_its_form(place: int, change: bytes) -> None:
    packed = bytearray(pack_frame(message(face())))
    packed[place : place + len(change)] = change
    try:
        got = unpack_frame(bytes(packed[:FRAME_SIZE]))
    except MessageError:
        return
    assert len(got.analysis.faces) <= MOST_FACES
    assert all(word.isascii() for one in got.analysis.faces for word in one.quality.reasons)


def test_a_signalling_nan_is_refused_without_a_warning() -> None:
    """A processor may warn of it where it is only copied."""
    packed = bytearray(pack_frame(message(face())))
    at = packed.index(np.float32(-1.0).tobytes() + np.float32(-1.0 + 2.0 / 127).tobytes())
    packed[at : at + 4] = b"\x01\x00\x80\x7f"
    with pytest.raises(MessageError, match="finite"):
        unpack_frame(bytes(packed))
