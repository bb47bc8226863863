"""Which cameras are connected and which are known, as bytes of fixed size, every field checked.

Pure. A device writes its own name and serial, and who decodes its pictures may be taken over by it:
whoever reads this believes nothing but its form. Numbers are little-endian.

    identity  port (128 bytes), vendor, product (4 bytes each), serial (128), driver (64)
    camera    path (64), name (64), identity, connection (uint64), seat (32), built in, infrared,
              how many formats (3 x uint8), formats (16 x 4 bytes)
    cameras   how many (uint8), then MOST_CAMERAS cameras
    known     whether anything is trusted or refused yet, whether a session is locked, how many
              trusted, how many before the lock (4 x uint8), then MOST_CAMERAS identities and
              MOST_CAMERAS times identity and connection
"""

import re
import struct
from collections.abc import Iterator, Sequence

from daemon.camera.fields import cut_text, raw_text, text_of, truth_of
from daemon.camera.frame_message import MessageError
from daemon.policy.cameras import Camera, Identity, Known

MOST_CAMERAS = 16
_MOST_FORMATS = 16
_IDENTITY = struct.Struct("<128s4s4s128s64s")
_CAMERA = struct.Struct("<64s64sQ32sBBB64s")
_CONNECTED = struct.Struct("<Q")
_KNOWN = struct.Struct("<BBBB")
_NO_IDENTITY = bytes(_IDENTITY.size)

IDENTITY_SIZE = _IDENTITY.size
CAMERAS_SIZE = 1 + MOST_CAMERAS * (_IDENTITY.size + _CAMERA.size)
KNOWN_SIZE = _KNOWN.size + MOST_CAMERAS * (2 * _IDENTITY.size + _CONNECTED.size)

_PATH = re.compile(r"/dev/video[0-9]{1,3}")
_NUMBER = re.compile(r"([0-9a-f]{4})?")
_SEAT = re.compile(r"[A-Za-z0-9_-]{1,32}")


def cut(identity: Identity) -> Identity:
    """The identity with texts that a message holds: elsewhere it is the same after the way."""
    return Identity(
        port=cut_text(identity.port, 128),
        vendor=cut_text(identity.vendor, 4),
        product=cut_text(identity.product, 4),
        serial=cut_text(identity.serial, 128),
        driver=cut_text(identity.driver, 64),
    )


def pack_identity(identity: Identity | None) -> bytes:
    """IDENTITY_SIZE bytes."""
    if identity is None:
        return _NO_IDENTITY
    return _IDENTITY.pack(
        *(raw_text(identity.port, 128), raw_text(identity.vendor, 4)),
        *(raw_text(identity.product, 4), raw_text(identity.serial, 128)),
        raw_text(identity.driver, 64),
    )


def unpack_identity(body: bytes) -> Identity | None:
    """The identity, None where there is none; raises MessageError."""
    if body == _NO_IDENTITY:
        return None
    port, vendor, product, serial, driver = map(text_of, _IDENTITY.unpack(body))
    if not (_NUMBER.fullmatch(vendor) and _NUMBER.fullmatch(product) and driver):
        raise MessageError("a camera has a driver, and numbers of four digits")
    return Identity(port, vendor, product, serial, driver)


def pack_cameras(cameras: Sequence[Camera]) -> bytes:
    """CAMERAS_SIZE bytes: the first MOST_CAMERAS."""
    chosen = cameras[:MOST_CAMERAS]
    body = bytes([len(chosen)]) + b"".join(map(_packed_camera, chosen))
    return body.ljust(CAMERAS_SIZE, b"\0")


def unpack_cameras(body: bytes) -> tuple[Camera, ...]:
    """The cameras, no two of one path; raises MessageError."""
    if len(body) != CAMERAS_SIZE or body[0] > MOST_CAMERAS:
        raise MessageError("a list of cameras has its size")
    step = _IDENTITY.size + _CAMERA.size
    end = 1 + body[0] * step
    cameras = tuple(_camera(body[start : start + step]) for start in range(1, end, step))
    if body[end:].strip(b"\0"):
        raise MessageError("there are cameras behind the last")
    if len({one.path for one in cameras}) != len(cameras):
        raise MessageError("two cameras have one path")
    return cameras


def _packed_camera(camera: Camera) -> bytes:
    formats = camera.formats[:_MOST_FORMATS]
    return pack_identity(camera.identity) + _CAMERA.pack(
        *(raw_text(camera.path, 64), raw_text(camera.name, 64), camera.connection),
        *(raw_text(camera.seat, 32), camera.built_in, camera.infrared, len(formats)),
        b"".join(raw_text(one, 4).ljust(4, b"\0") for one in formats),
    )


def _camera(body: bytes) -> Camera:
    identity = unpack_identity(body[: _IDENTITY.size])
    path, name, connection, seat, built_in, infrared, count, formats = _CAMERA.unpack_from(
        body, _IDENTITY.size
    )
    if identity is None or not _PATH.fullmatch(text_of(path)):
        raise MessageError("a camera has an identity and a path")
    if not _SEAT.fullmatch(text_of(seat)):
        raise MessageError("a seat has a name")
    if count > _MOST_FORMATS or formats[4 * count :].strip(b"\0"):
        raise MessageError("a camera has some formats")
    return Camera(
        path=text_of(path),
        name=text_of(name),
        identity=identity,
        connection=connection,
        seat=text_of(seat),
        built_in=truth_of(built_in),
        infrared=truth_of(infrared),
        formats=tuple(text_of(formats[4 * one : 4 * one + 4]) for one in range(count)),
    )


def pack_known(known: Known) -> bytes:
    """KNOWN_SIZE bytes. Of more than MOST_CAMERAS some are left out: those are not taken."""
    trusted = sorted(known.trusted or (), key=str)[:MOST_CAMERAS]
    before = sorted(known.before_lock or (), key=str)[:MOST_CAMERAS]
    head = _KNOWN.pack(
        *(known.trusted is not None, known.before_lock is not None, len(trusted), len(before))
    )
    identities = b"".join(map(pack_identity, trusted)).ljust(MOST_CAMERAS * _IDENTITY.size, b"\0")
    pairs = (pack_identity(one) + _CONNECTED.pack(connection) for one, connection in before)
    return (head + identities + b"".join(pairs)).ljust(KNOWN_SIZE, b"\0")


def unpack_known(body: bytes) -> Known:
    """What is known of cameras; raises MessageError."""
    if len(body) != KNOWN_SIZE:
        raise MessageError("what is known has its size")
    some, locked, trusted, before = _KNOWN.unpack_from(body)
    if max(trusted, before) > MOST_CAMERAS:
        raise MessageError("too many cameras are known")
    if (trusted and not some) or (before and not locked):
        raise MessageError("what is known contradicts itself")
    pairs = _KNOWN.size + MOST_CAMERAS * _IDENTITY.size
    return Known(
        frozenset(_identities(body, _KNOWN.size, trusted)) if truth_of(some) else None,
        frozenset(_connected(body, pairs, before)) if truth_of(locked) else None,
    )


def _identities(
    body: bytes, start: int, count: int, step: int = _IDENTITY.size
) -> Iterator[Identity]:
    for number in range(count):
        place = start + number * step
        identity = unpack_identity(body[place : place + _IDENTITY.size])
        if identity is None:
            raise MessageError("a known camera has an identity")
        yield identity


def _connected(body: bytes, start: int, count: int) -> Iterator[tuple[Identity, int]]:
    step = _IDENTITY.size + _CONNECTED.size
    for number, identity in enumerate(_identities(body, start, count, step)):
        place = start + number * step + _IDENTITY.size
        yield identity, _CONNECTED.unpack_from(body, place)[0]
