"""What the service and the camera worker tell each other, a message a datagram. Pure.

    head    "FLCM", version, kind (2 x uint8), 2 bytes of nothing, number (uint32)

followed by the fields of its kind; texts are NUL-padded UTF-8. The numbers of one side rise by one
from message to message, so that one that is repeated, lost or out of its order is seen.
"""

import math
import struct
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from functools import partial
from typing import ClassVar, TypeAlias

from daemon.api import Reason
from daemon.camera.cameras_message import (
    CAMERAS_SIZE,
    IDENTITY_SIZE,
    KNOWN_SIZE,
    pack_cameras,
    pack_identity,
    pack_known,
    unpack_cameras,
    unpack_identity,
    unpack_known,
)
from daemon.camera.fields import fields_of, one_of, raw_text, text_of, truth_of
from daemon.camera.frame_message import (
    FRAME_SIZE,
    FrameMessage,
    MessageError,
    pack_frame,
    unpack_frame,
)
from daemon.camera.reports import CameraReport, CameraState, ModelReport
from daemon.camera.schedule import Purpose
from daemon.policy import cameras

VERSION = 1
_MAGIC = b"FLCM"
_HEAD = struct.Struct("<4sBBHI")
MOST_JOBS = 64
"""Jobs at a time; the service has fewer."""

_STATES = tuple(CameraState)
_REASONS = tuple(Reason)
_PURPOSES = tuple(Purpose)
_NO_REASON = 255
_FOREVER = -1.0
_LONGEST_SECONDS = 86_400.0


class Kind(IntEnum):
    """Kinds of messages: the worker's below 32, the service's from there on."""

    FRAME = 1
    CAMERA = 2
    MODELS = 3
    BEGIN = 4
    END = 5
    PULSE = 6
    CAMERAS = 7
    ADD = 32
    DROP = 33
    WAKE = 34
    DECIDED = 35
    BLOCK = 36
    PRELOAD = 37
    CONFIGURE = 38
    KNOWN = 39


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
    """The state of the camera, for what the service tells of itself."""

    kind: ClassVar[Kind] = Kind.CAMERA
    report: CameraReport


@dataclass(frozen=True, slots=True)
class Connected:
    """Every camera that is connected; sent first, and when one comes, goes or changes."""

    kind: ClassVar[Kind] = Kind.CAMERAS
    cameras: tuple[cameras.Camera, ...]


@dataclass(frozen=True, slots=True)
class Loaded:
    """The models in memory, or why there are none."""

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
    """The worker lives: `on_seconds` the camera was open so far, `damaged` pictures came of it."""

    kind: ClassVar[Kind] = Kind.PULSE
    on_seconds: float
    attentive: bool
    hangs: bool
    damaged: int = 0


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
    """Forget the job of this number; no End follows."""

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
    """The settings from now on, as `daemon.config.passing` writes them."""

    kind: ClassVar[Kind] = Kind.CONFIGURE
    settings: str


@dataclass(frozen=True, slots=True)
class SetKnown:
    """Which cameras may be taken from now on; none before it."""

    kind: ClassVar[Kind] = Kind.KNOWN
    known: cameras.Known


@dataclass(frozen=True, slots=True)
class Plain:
    """WAKE, DECIDED or PRELOAD."""

    kind: Kind

    def __post_init__(self) -> None:
        if self.kind not in _PLAIN:
            raise MessageError("a message of another kind has fields")


_PLAIN = (Kind.WAKE, Kind.DECIDED, Kind.PRELOAD)

_Others: TypeAlias = (
    Shown | Camera | Loaded | Begin | End | Pulse | Add | Drop | Block | Configure | Plain
)
FromWorker: TypeAlias = Shown | Camera | Connected | Loaded | Begin | End | Pulse
FromService: TypeAlias = Add | Drop | Block | Configure | SetKnown | Plain

_CAMERA = struct.Struct(f"<BB128s256s{IDENTITY_SIZE}s")
_MODELS = struct.Struct("<64s128s16s32sf256s")
_BEGIN = struct.Struct("<IB")
_END = struct.Struct("<IB256s")
_PULSE = struct.Struct("<dBBI")
_ADD = struct.Struct("<IBBBd")
_DROP = struct.Struct("<I")
_BLOCK = struct.Struct("<32sB")
_CONFIGURE = struct.Struct("<16384s")
_JOBS = struct.Struct(f"<BBB{MOST_JOBS}I")
LARGEST = _HEAD.size + max(_JOBS.size + FRAME_SIZE, CAMERAS_SIZE, KNOWN_SIZE, _CONFIGURE.size)


def pack(message: FromWorker | FromService, number: int) -> bytes:
    """The datagram of a message."""
    return _HEAD.pack(_MAGIC, VERSION, message.kind, 0, number & 0xFFFF_FFFF) + _body(message)


def from_worker(datagram: bytes) -> tuple[FromWorker, int]:
    """A message of the worker and its number; raises MessageError."""
    message, number = _unpacked(datagram)
    if isinstance(message, FromWorker):
        return message, number
    raise MessageError("a worker does not say that")


def from_service(datagram: bytes) -> tuple[FromService, int]:
    """A message of the service and its number; raises MessageError."""
    message, number = _unpacked(datagram)
    if isinstance(message, FromService):
        return message, number
    raise MessageError("a service does not say that")


def _body(message: FromWorker | FromService) -> bytes:
    if isinstance(message, Connected):
        return pack_cameras(message.cameras)
    if isinstance(message, SetKnown):
        return pack_known(message.known)
    return _body_of_frames(message)


def _body_of_frames(message: _Others) -> bytes:
    match message:
        case Shown():
            return _packed_frame(message)
        case Camera(report):
            texts = (raw_text(report.name, 128), raw_text(report.problem, 256))
            number, identity = _STATES.index(report.state), pack_identity(report.identity)
            return _CAMERA.pack(number, report.infrared, *texts, identity)
        case Loaded(report):
            return _packed_models(report)
        case Begin(job, still):
            return _BEGIN.pack(job, still)
        case End(job, reason, problem):
            code = _NO_REASON if reason is None else _REASONS.index(reason)
            return _END.pack(job, code, raw_text(problem, 256))
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
        *(raw_text(report.embedder, 64), raw_text(report.model_id, 128)),
        *(raw_text(report.precision, 16), raw_text(report.detector, 32)),
        *(report.threshold, raw_text(report.problem, 256)),
    )


def _body_of_rest(message: Pulse | Add | Drop | Block | Configure | Plain) -> bytes:
    match message:
        case Pulse(on_seconds, attentive, hangs, damaged):
            return _PULSE.pack(on_seconds, attentive, hangs, min(damaged, 0xFFFF_FFFF))
        case Add(job, purpose, patient, pictures, seconds):
            left = seconds if math.isfinite(seconds) else _FOREVER
            return _ADD.pack(job, _PURPOSES.index(purpose), patient, pictures, left)
        case Drop(job):
            return _DROP.pack(job)
        case Block(why, on):
            return _BLOCK.pack(raw_text(why, 32), on)
        case Configure(settings):
            return _CONFIGURE.pack(raw_text(settings, _CONFIGURE.size))
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
    frame = unpack_frame(body[_JOBS.size :]) if truth_of(analysed) else None
    return Shown(tuple(jobs[:count]), truth_of(attentive), frame)


def _read_camera(body: bytes) -> Camera:
    state, infrared, name, problem, identity = fields_of(_CAMERA, body)
    report = CameraReport(
        one_of(_STATES, state),
        text_of(name),
        truth_of(infrared),
        text_of(problem),
        unpack_identity(identity),
    )
    return Camera(report)


def _read_models(body: bytes) -> Loaded:
    embedder, model_id, precision, detector, threshold, problem = fields_of(_MODELS, body)
    if not 0.0 <= threshold <= 1e6:
        raise MessageError("a threshold is a distance")
    report = ModelReport(
        embedder=text_of(embedder),
        model_id=text_of(model_id),
        precision=text_of(precision),
        detector=text_of(detector),
        threshold=threshold,
        problem=text_of(problem),
    )
    return Loaded(report)


def _read_begin(body: bytes) -> Begin:
    job, still = fields_of(_BEGIN, body)
    return Begin(job, truth_of(still))


def _read_end(body: bytes) -> End:
    job, reason, problem = fields_of(_END, body)
    return End(job, None if reason == _NO_REASON else one_of(_REASONS, reason), text_of(problem))


def _read_pulse(body: bytes) -> Pulse:
    on_seconds, attentive, hangs, damaged = fields_of(_PULSE, body)
    if not 0.0 <= on_seconds <= 1e10:
        raise MessageError("a camera was on for some time")
    return Pulse(on_seconds, truth_of(attentive), truth_of(hangs), damaged)


def _read_add(body: bytes) -> Add:
    job, purpose, patient, pictures, seconds = fields_of(_ADD, body)
    if seconds != _FOREVER and not 0.0 <= seconds <= _LONGEST_SECONDS:
        raise MessageError("a job ends some time")
    left = math.inf if seconds == _FOREVER else seconds
    return Add(job, one_of(_PURPOSES, purpose), truth_of(patient), truth_of(pictures), left)


def _read_block(body: bytes) -> Block:
    why, on = fields_of(_BLOCK, body)
    return Block(text_of(why), truth_of(on))


def _read_plain(kind: Kind, body: bytes) -> Plain:
    if body:
        raise MessageError("this message has no fields")
    return Plain(kind)


_READERS: dict[int, Callable[[bytes], FromWorker | FromService]] = {
    Kind.FRAME: _read_frame,
    Kind.CAMERA: _read_camera,
    Kind.MODELS: _read_models,
    Kind.BEGIN: _read_begin,
    Kind.END: _read_end,
    Kind.PULSE: _read_pulse,
    Kind.ADD: _read_add,
    Kind.CAMERAS: lambda body: Connected(unpack_cameras(body)),
    Kind.KNOWN: lambda body: SetKnown(unpack_known(body)),
    Kind.DROP: lambda body: Drop(*fields_of(_DROP, body)),
    Kind.BLOCK: _read_block,
    Kind.CONFIGURE: lambda body: Configure(text_of(*fields_of(_CONFIGURE, body))),
    **{kind: partial(_read_plain, kind) for kind in _PLAIN},
}
