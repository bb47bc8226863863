"""One analysed frame as bytes of fixed size, and back, every field checked. Pure.

What decodes pictures of a stranger's camera may be taken over by one of them: whoever reads this
believes nothing that it says but its form. Numbers are little-endian.

    size      picture's width, height (uint16), number of the frame (uint32)
    scene     what is wrong with a picture without a face, from 1 as in SCENES (uint8), 0: nothing
    time      seconds on the source's clock (float64)
    stages    milliseconds to detect, align, embed, judge liveness (4 x float32)
    faces     how many (uint8), then MOST_FACES times
              box (4 x float32), landmarks (10 x float32), confidence, quality (2 x float32),
              flags (uint8: 1 landmarks measured, 2 embedding held), reasons (4 x 24 bytes),
              dimension (uint16), embedding (512 x float32)
    liveness  how many cues (uint8), then MOST_CUES times
              name (16 bytes), reason (32 bytes), log-likelihood ratio (float32), known, withholds
              (2 x uint8)
"""

import math
import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from enroll.guide.prompts import SCENES, Prompt
from models.liveness.evidence import CueEvidence
from models.types import Analysis, Box, Detection, Face, Quality

MOST_FACES = 4
"""The largest ones: whoever stands further behind decides nothing."""
MOST_CUES = 8
MOST_DIMENSION = 512
MOST_PIXELS = 16_384
STAGES = ("detect", "align", "embed", "liveness")

_HEAD = struct.Struct("<HHIBd4fBB")
_FACE = struct.Struct("<4f10f2fB24s24s24s24sH")
_CUE = struct.Struct("<16s32sfBB")
_EMBEDDING_SIZE = 4 * MOST_DIMENSION
FRAME_SIZE = _HEAD.size + MOST_FACES * (_FACE.size + _EMBEDDING_SIZE) + MOST_CUES * _CUE.size

_MOST_SECONDS = 1e9
_MOST_MILLISECONDS = 1e6
_FARTHEST = 4.0
"""Widths of the picture by which a box or landmark may lie outside."""
_LARGEST_NORM = 1e4
_MEASURED, _HELD = 1, 2
_WORDS = re.compile(r"[a-z0-9' -]*")


class MessageError(ValueError):
    """What came is no message of a camera worker."""


@dataclass(frozen=True, slots=True, eq=False)
class FrameMessage:
    """A frame as it crosses: `size` is (width, height), `time` in seconds, `index` from 0.

    `liveness` is what each cue says of the largest face so far, `scene` what is wrong with a
    picture without a face.
    """

    time: float
    size: tuple[int, int]
    index: int
    analysis: Analysis
    liveness: tuple[CueEvidence, ...] = ()
    scene: Prompt | None = None


def pack_frame(message: FrameMessage) -> bytes:
    """FRAME_SIZE bytes: the MOST_FACES largest faces, the first MOST_CUES cues."""
    faces = message.analysis.faces[:MOST_FACES]
    cues = message.liveness[:MOST_CUES]
    stages = (float(message.analysis.stages_ms.get(name, 0.0)) for name in STAGES)
    scene = 0 if message.scene is None else 1 + SCENES.index(message.scene)
    counts = (len(faces), len(cues))
    head = _HEAD.pack(*message.size, message.index, scene, message.time, *stages, *counts)
    parts = [head, *map(_packed_face, faces)]
    parts.append(bytes((MOST_FACES - len(faces)) * (_FACE.size + _EMBEDDING_SIZE)))
    parts += map(_packed_cue, cues)
    parts.append(bytes((MOST_CUES - len(cues)) * _CUE.size))
    return b"".join(parts)


def unpack_frame(body: bytes) -> FrameMessage:
    """The frame in `body`; raises MessageError for anything that no camera worker sends."""
    if len(body) != FRAME_SIZE:
        raise MessageError(f"a frame has {FRAME_SIZE} bytes")
    width, height, index, scene, time, *stages, faces, cues = _HEAD.unpack_from(body)
    if not (1 <= width <= MOST_PIXELS and 1 <= height <= MOST_PIXELS):
        raise MessageError("a picture has a size")
    _check_range(time, 0.0, _MOST_SECONDS, "a time")
    for stage in stages:
        _check_range(stage, 0.0, _MOST_MILLISECONDS, "a duration")
    if faces > MOST_FACES or cues > MOST_CUES:
        raise MessageError("too many faces or cues")
    if scene > len(SCENES) or (scene and faces):
        raise MessageError("a scene is one of a few, and without a face")
    analysis = Analysis(
        tuple(_faces(body, faces, (width, height))), dict(zip(STAGES, stages, strict=True))
    )
    said = SCENES[scene - 1] if scene else None
    return FrameMessage(time, (width, height), index, analysis, tuple(_cues(body, cues)), said)


def _packed_face(face: Face) -> bytes:
    box, found = face.detection.box, face.detection
    reasons = [reason.encode("ascii", "replace")[:24] for reason in face.quality.reasons[:4]]
    reasons += [b""] * (4 - len(reasons))
    embedding = np.asarray(face.embedding, dtype="<f4")[:MOST_DIMENSION]
    fixed = _FACE.pack(
        *(box.left, box.top, box.right, box.bottom),
        *(float(value) for value in np.asarray(found.landmarks).ravel()),
        *(found.confidence, face.quality.score),
        _MEASURED * found.landmarks_measured | _HELD * face.held,
        *(*reasons, embedding.size),
    )
    return fixed + embedding.tobytes() + bytes(_EMBEDDING_SIZE - embedding.nbytes)


def _faces(body: bytes, count: int, size: tuple[int, int]) -> Sequence[Face]:
    step = _FACE.size + _EMBEDDING_SIZE
    return [_face(body, _HEAD.size + number * step, size) for number in range(count)]


def _face(body: bytes, start: int, size: tuple[int, int]) -> Face:
    fields = _FACE.unpack_from(body, start)
    edges, points, confidence, quality = fields[:4], fields[4:14], fields[14], fields[15]
    flags, reasons, dimension = fields[16], fields[17:21], fields[21]
    for value in (*edges, *points):
        _check_range(value, -_FARTHEST * max(size), (1 + _FARTHEST) * max(size), "a place")
    box = Box(*edges)
    if not (box.width > 0.0 and box.height > 0.0):
        raise MessageError("a face has a size")
    for value in (confidence, quality):
        _check_range(value, 0.0, 1.0, "a share")
    if flags > _MEASURED | _HELD or not 1 <= dimension <= MOST_DIMENSION:
        raise MessageError("a face has landmarks and an embedding")
    embedding = np.frombuffer(body, "<f4", dimension, start + _FACE.size)
    if not np.isfinite(embedding).all():
        raise MessageError("an embedding has finite numbers")
    embedding = embedding.astype(np.float32)
    if not 0.0 < float(np.linalg.norm(embedding.astype(np.float64))) <= _LARGEST_NORM:
        raise MessageError("an embedding has a length")
    landmarks = np.array(points, np.float32).reshape(5, 2)
    words = tuple(word for raw in reasons if (word := _word(raw)))
    return Face(
        Detection(box, confidence, landmarks, bool(flags & _MEASURED)),
        Quality(quality, words),
        embedding,
        bool(flags & _HELD),
    )


def _packed_cue(cue: CueEvidence) -> bytes:
    return _CUE.pack(
        *(cue.cue.encode("ascii", "replace")[:16], cue.reason.encode("ascii", "replace")[:32]),
        *(cue.llr, cue.known, cue.withholds),
    )


def _cues(body: bytes, count: int) -> Sequence[CueEvidence]:
    start = FRAME_SIZE - MOST_CUES * _CUE.size
    found = []
    for number in range(count):
        name, reason, llr, known, withholds = _CUE.unpack_from(body, start + number * _CUE.size)
        if not math.isfinite(llr) or known > 1 or withholds > 1:
            raise MessageError("a cue says a number")
        found.append(CueEvidence(_word(name), llr, _word(reason), bool(known), bool(withholds)))
    return found


def _check_range(value: float, least: float, most: float, what: str) -> None:
    # Written so that NaN is refused too.
    if not least <= value <= most:
        raise MessageError(f"{what} out of bounds")


def _word(raw: bytes) -> str:
    text, _, rest = raw.partition(b"\0")
    try:
        word = text.decode("ascii")
    except UnicodeDecodeError:
        raise MessageError("a word has letters") from None
    if rest.strip(b"\0") or not _WORDS.fullmatch(word):
        raise MessageError("a word has letters")
    return word
