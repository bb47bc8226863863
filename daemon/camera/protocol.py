"""What the service and the camera worker tell each other, a message a datagram. Pure.

    head    "FLCM", version, kind (2 x uint8), 2 bytes of nothing, number (uint32)

followed by the fields of its kind; texts are NUL-padded UTF-8. The numbers of one side rise by one
from message to message, so that one that is repeated, lost or out of its order is seen.
"""

import math
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import partial
from typing import Any, ClassVar, TypeAlias, TypeVar

from daemon.api import Reason
from daemon.camera.frame_message import (
    FRAME_SIZE,
    FrameMessage,
    MessageError,
    pack_frame,
    unpack_frame,
)
from daemon.camera.reports import CameraReport, CameraState, ModelReport
from daemon.camera.schedule import Purpose

VERSION = 1
_MAGIC = b"FLCM"
_HEAD = struct.Struct("<4sBBHI")
MOST_JOBS = 64
"""Jobs at a time; the service has fewer."""
LARGEST = _HEAD.size + 3 + 4 * MOST_JOBS + FRAME_SIZE

_STATES = tuple(CameraState)
_REASONS = tuple(Reason)
_PURPOSES = tuple(Purpose)
_NO_REASON = 255
_FOREVER = -1.0
_LONGEST_SECONDS = 86_400.0


_T = TypeVar("_T")


class Kind(IntEnum):
    """Kinds of messages: the worker's below 32, the service's from there on."""

    FRAME = 1
    CAMERA = 2
    MODELS = 3
    BEGIN = 4
    END = 5
    PULSE = 6
    ADD = 32
    DROP = 33
    WAKE = 34
    DECIDED = 35
    BLOCK = 36
    PRELOAD = 37
    CONFIGURE = 38


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """A frame for these jobs; `frame` None where the scene is as it was and it was not analysed."""

    kind: ClassVar[Kind] = Kind.FRAME
    jobs: tuple[int, ...]
    attentive: bool
    """Whether a face is in view that has had no verdict yet."""
    frame: FrameMessage | None


@dataclass(frozen=True, slots=True)
class Camera:
    """How the camera is."""

    kind: ClassVar[Kind] = Kind.CAMERA
    report: CameraReport


@dataclass(frozen=True, slots=True)
class Loaded:
    """What recognises."""

    kind: ClassVar[Kind] = Kind.MODELS
    report: ModelReport


@dataclass(frozen=True, slots=True)
class Begin:
    """The camera is open for a job."""

    kind: ClassVar[Kind] = Kind.BEGIN
    job: int
    still: bool


@dataclass(frozen=True, slots=True)
class End:
    """A job is over, by itself (None) or for a reason."""

    kind: ClassVar[Kind] = Kind.END
    job: int
    reason: Reason | None
    problem: str


@dataclass(frozen=True, slots=True)
class Pulse:
    """The worker lives: `on_seconds` the camera was open so far."""

    kind: ClassVar[Kind] = Kind.PULSE
    on_seconds: float
    attentive: bool
    hangs: bool


@dataclass(frozen=True, slots=True)
class Add:
    """Begin a job, or move its deadline: `seconds` from now, infinity for none.

    With `pictures` the end of a pipe comes along, into which its pictures go.
    """

    kind: ClassVar[Kind] = Kind.ADD
    job: int
    purpose: Purpose
    patient: bool
    pictures: bool
    seconds: float


@dataclass(frozen=True, slots=True)
class Drop:
    """Forget a job."""

    kind: ClassVar[Kind] = Kind.DROP
    job: int


@dataclass(frozen=True, slots=True)
class Block:
    """Release the camera for a reason, or the reason is gone; `why` is a short word."""

    kind: ClassVar[Kind] = Kind.BLOCK
    why: str
    on: bool


@dataclass(frozen=True, slots=True)
class Configure:
    """Read the configuration anew; `models` where the networks are others."""

    kind: ClassVar[Kind] = Kind.CONFIGURE
    models: bool


@dataclass(frozen=True, slots=True)
class Plain:
    """WAKE, DECIDED or PRELOAD."""

    kind: Kind

    def __post_init__(self) -> None:
        if self.kind not in _PLAIN:
            raise MessageError("a message of another kind has fields")


_PLAIN = (Kind.WAKE, Kind.DECIDED, Kind.PRELOAD)

FromWorker: TypeAlias = Shown | Camera | Loaded | Begin | End | Pulse
FromService: TypeAlias = Add | Drop | Block | Configure | Plain

_CAMERA = struct.Struct("<BB128s256s")
_MODELS = struct.Struct("<64s128s16s32sf256s")
_BEGIN = struct.Struct("<IB")
_END = struct.Struct("<IB256s")
_PULSE = struct.Struct("<dBB")
_ADD = struct.Struct("<IBBBd")
_DROP = struct.Struct("<I")
_BLOCK = struct.Struct("<32sB")
_CONFIGURE = struct.Struct("<B")
_JOBS = struct.Struct(f"<BBB{MOST_JOBS}I")


def pack(message: FromWorker | FromService, number: int) -> bytes:
    """The datagram of a message."""
    return _HEAD.pack(_MAGIC, VERSION, message.kind, 0, number & 0xFFFF_FFFF) + _body(message)


def from_worker(datagram: bytes) -> tuple[FromWorker, int]:
    """A message of the worker and its number; raises MessageError."""
    message, number = _unpacked(datagram)
    if isinstance(message, Shown | Camera | Loaded | Begin | End | Pulse):
        return message, number
    raise MessageError("a worker does not say that")


def from_service(datagram: bytes) -> tuple[FromService, int]:
    """A message of the service and its number; raises MessageError."""
    message, number = _unpacked(datagram)
    if isinstance(message, Add | Drop | Block | Configure | Plain):
        return message, number
    raise MessageError("a service does not say that")


def _body(message: FromWorker | FromService) -> bytes:
    match message:
        case Shown():
            return _packed_frame(message)
        case Camera(report):
            texts = (_raw(report.name, 128), _raw(report.problem, 256))
            return _CAMERA.pack(_STATES.index(report.state), report.infrared, *texts)
        case Loaded(report):
            return _packed_models(report)
        case Begin(job, still):
            return _BEGIN.pack(job, still)
        case End(job, reason, problem):
            code = _NO_REASON if reason is None else _REASONS.index(reason)
            return _END.pack(job, code, _raw(problem, 256))
        case _:
            return _body_of_rest(message)


def _packed_frame(message: Shown) -> bytes:
    chosen = message.jobs[:MOST_JOBS]
    padded = (*chosen, *([0] * (MOST_JOBS - len(chosen))))
    frame = message.frame
    content = bytes(FRAME_SIZE) if frame is None else pack_frame(frame)
    return _JOBS.pack(len(chosen), frame is not None, message.attentive, *padded) + content


def _packed_models(report: ModelReport) -> bytes:
    return _MODELS.pack(
        *(_raw(report.embedder, 64), _raw(report.model_id, 128)),
        *(_raw(report.precision, 16), _raw(report.detector, 32)),
        *(report.threshold, _raw(report.problem, 256)),
    )


def _body_of_rest(message: Pulse | FromService) -> bytes:
    match message:
        case Pulse(on_seconds, attentive, hangs):
            return _PULSE.pack(on_seconds, attentive, hangs)
        case Add(job, purpose, patient, pictures, seconds):
            left = seconds if math.isfinite(seconds) else _FOREVER
            return _ADD.pack(job, _PURPOSES.index(purpose), patient, pictures, left)
        case Drop(job):
            return _DROP.pack(job)
        case Block(why, on):
            return _BLOCK.pack(_raw(why, 32), on)
        case Configure(models):
            return _CONFIGURE.pack(models)
        case Plain():
            return b""


def _unpacked(datagram: bytes) -> tuple[FromWorker | FromService, int]:
    if len(datagram) < _HEAD.size:
        raise MessageError("a message has a head")
    magic, version, kind, nothing, number = _HEAD.unpack_from(datagram)
    if (magic, version, nothing) != (_MAGIC, VERSION, 0) or kind not in _READERS:
        raise MessageError("that is no message of this version")
    return _READERS[kind](datagram[_HEAD.size :]), number


def _read_frame(body: bytes) -> Shown:
    if len(body) != _JOBS.size + FRAME_SIZE:
        raise MessageError("a frame has its size")
    count, analysed, attentive, *jobs = _JOBS.unpack_from(body)
    if count > MOST_JOBS:
        raise MessageError("a frame is for jobs")
    frame = unpack_frame(body[_JOBS.size :]) if _truth(analysed) else None
    return Shown(tuple(jobs[:count]), _truth(attentive), frame)


def _read_camera(body: bytes) -> Camera:
    state, infrared, name, problem = _fields(_CAMERA, body)
    report = CameraReport(_one_of(_STATES, state), _text(name), _truth(infrared), _text(problem))
    return Camera(report)


def _read_models(body: bytes) -> Loaded:
    embedder, model_id, precision, detector, threshold, problem = _fields(_MODELS, body)
    if not 0.0 <= threshold <= 1e6:
        raise MessageError("a threshold is a distance")
    report = ModelReport(
        embedder=_text(embedder),
        model_id=_text(model_id),
        precision=_text(precision),
        detector=_text(detector),
        threshold=threshold,
        problem=_text(problem),
    )
    return Loaded(report)


def _read_begin(body: bytes) -> Begin:
    job, still = _fields(_BEGIN, body)
    return Begin(job, _truth(still))


def _read_end(body: bytes) -> End:
    job, reason, problem = _fields(_END, body)
    return End(job, None if reason == _NO_REASON else _one_of(_REASONS, reason), _text(problem))


def _read_pulse(body: bytes) -> Pulse:
    on_seconds, attentive, hangs = _fields(_PULSE, body)
    if not 0.0 <= on_seconds <= 1e10:
        raise MessageError("a camera was on for some time")
    return Pulse(on_seconds, _truth(attentive), _truth(hangs))


def _read_add(body: bytes) -> Add:
    job, purpose, patient, pictures, seconds = _fields(_ADD, body)
    if seconds != _FOREVER and not 0.0 <= seconds <= _LONGEST_SECONDS:
        raise MessageError("a job ends some time")
    left = math.inf if seconds == _FOREVER else seconds
    return Add(job, _one_of(_PURPOSES, purpose), _truth(patient), _truth(pictures), left)


def _read_block(body: bytes) -> Block:
    why, on = _fields(_BLOCK, body)
    return Block(_text(why), _truth(on))


def _read_plain(kind: Kind, body: bytes) -> Plain:
    if body:
        raise MessageError("this message has no fields")
    return Plain(kind)


def _fields(shape: struct.Struct, body: bytes) -> tuple[Any, ...]:
    if len(body) != shape.size:
        raise MessageError("a message has the size of its kind")
    return shape.unpack(body)


def _raw(text: str, size: int) -> bytes:
    """At most `size` bytes that end with a whole character."""
    return text.replace("\0", "?").encode()[:size].decode(errors="ignore").encode()


def _text(raw: bytes) -> str:
    text, _, rest = raw.partition(b"\0")
    try:
        line = text.decode()
    except UnicodeDecodeError:
        raise MessageError("a text is readable") from None
    if rest.strip(b"\0") or not line.isprintable():
        raise MessageError("a text is one printable line")
    return line


def _truth(number: int) -> bool:
    if number > 1:
        raise MessageError("a truth is 0 or 1")
    return bool(number)


def _one_of(values: Sequence[_T], number: int) -> _T:
    if number >= len(values):
        raise MessageError("a word that nobody knows")
    return values[number]


_READERS: dict[int, Callable[[bytes], FromWorker | FromService]] = {
    Kind.FRAME: _read_frame,
    Kind.CAMERA: _read_camera,
    Kind.MODELS: _read_models,
    Kind.BEGIN: _read_begin,
    Kind.END: _read_end,
    Kind.PULSE: _read_pulse,
    Kind.ADD: _read_add,
    Kind.DROP: lambda body: Drop(*_fields(_DROP, body)),
    Kind.BLOCK: _read_block,
    Kind.CONFIGURE: lambda body: Configure(_truth(*_fields(_CONFIGURE, body))),
    **{kind: partial(_read_plain, kind) for kind in _PLAIN},
}
