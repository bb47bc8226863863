"""A person's appearances as bytes, and back, strictly parsed. Pure.

The payload of an envelope (`enroll.store.envelope`) is the length of a JSON header (4 bytes,
big-endian), the header (appearances in order, with the shape of each), and the embeddings as
little-endian float32, of each appearance first those of its enrolment, then those adapted later.
Nothing in it can run: no pickle, no object that names a class.
"""

import json
import struct
from typing import Any

import numpy as np

from enroll.errors import StoreError
from enroll.store import envelope
from enroll.store.binding import Place
from enroll.store.envelope import OVERHEAD, Kind
from enroll.template import (
    LONGEST_CAMERA,
    LONGEST_MODEL_ID,
    LONGEST_NAME,
    MOST_ADAPTED,
    MOST_APPEARANCES,
    MOST_DIMENSIONS,
    MOST_EMBEDDINGS,
    Adapted,
    Appearance,
    Person,
)

# Bytes that a transfer as text would change stand in the magic, as in PNG's.
TEMPLATES = Kind(b"\x8fFLATCH\n", "templates")
_HEADER_LENGTH = struct.Struct(">I")
_DATE_SIZE = 32
# JSON may spell a character in 12 bytes; 256 for what else describes an appearance.
_LARGEST_HEADER = MOST_APPEARANCES * (
    12 * (LONGEST_NAME + LONGEST_MODEL_ID + LONGEST_CAMERA) + 256 + MOST_ADAPTED * _DATE_SIZE
)
LARGEST_PAYLOAD = (
    MOST_APPEARANCES * (MOST_EMBEDDINGS + MOST_ADAPTED) * MOST_DIMENSIONS * 4
    + _LARGEST_HEADER
    + _HEADER_LENGTH.size
)
"""Bytes; no payload that `payload_of` makes is larger."""
LARGEST_FILE = LARGEST_PAYLOAD + OVERHEAD
"""Bytes; no file that `seal` makes is larger."""


def seal(person: Person, secret: bytes, place: Place) -> bytes:
    """The file of `person` at `place`, sealed with the store's key."""
    payload = payload_of(person)
    return envelope.seal(TEMPLATES, payload, name=person.name, secret=secret, place=place)


def unseal(content: bytes, secret: bytes, place: Place) -> Person:
    """The person in a file; raises StoreError as `envelope.unseal` does."""
    name = envelope.label(TEMPLATES, content).name
    payload = envelope.unseal(TEMPLATES, content, secret=secret, place=place)
    return person_of(name, payload)


def payload_of(person: Person) -> bytes:
    """The appearances of `person`; their name is no part of it."""
    described = [_described(appearance) for appearance in person.appearances]
    header = json.dumps({"looks": described}, allow_nan=False).encode()
    rows = (row for appearance in person.appearances for row in _rows(appearance))
    return b"".join((_HEADER_LENGTH.pack(len(header)), header, *rows))


def person_of(name: str, payload: bytes) -> Person:
    """The person of that name with these appearances; raises StoreError for anything unexpected."""
    try:
        return Person(name, _appearances(payload))
    except (KeyError, TypeError, ValueError, struct.error, RecursionError):
        raise StoreError("damaged inside") from None


def _described(appearance: Appearance) -> dict[str, Any]:
    described = {
        "name": appearance.name,
        "created": appearance.created,
        "model_id": appearance.model_id,
        "metric": appearance.metric,
        "shape": list(appearance.embeddings.shape),
        "quality": appearance.quality,
        "adapted": [one.created for one in appearance.adapted],
    }
    # Files of appearances that name none are as they were before cameras were named.
    return {**described, "camera": appearance.camera} if appearance.camera else described


def _rows(appearance: Appearance) -> list[bytes]:
    adapted = (one.embedding for one in appearance.adapted)
    return [rows.astype("<f4").tobytes() for rows in (appearance.embeddings, *adapted)]


def _appearances(payload: bytes) -> tuple[Appearance, ...]:
    (length,) = _HEADER_LENGTH.unpack_from(payload)
    if length > _LARGEST_HEADER:
        raise ValueError("a header longer than any of ours")
    end = _HEADER_LENGTH.size + length
    described = json.loads(payload[_HEADER_LENGTH.size : end])["looks"]
    if len(described) > MOST_APPEARANCES:
        raise ValueError("more appearances than a person has")
    appearances = []
    for fields in described:
        appearance, end = _appearance(fields, payload, end)
        appearances.append(appearance)
    if end != len(payload):
        raise ValueError("bytes that belong to no appearance")
    return tuple(appearances)


def _appearance(fields: dict[str, Any], payload: bytes, start: int) -> tuple[Appearance, int]:
    rows, dimension = fields["shape"]
    # A truth value is a number too, and no shape.
    whole = type(rows) is int and type(dimension) is int
    if not whole or not (0 < rows <= MOST_EMBEDDINGS and 0 < dimension <= MOST_DIMENSIONS):
        raise ValueError("a shape out of bounds")
    # Older files have none of these.
    dates, quality = fields.get("adapted", []), fields.get("quality")
    if not isinstance(dates, list) or len(dates) > MOST_ADAPTED:
        raise ValueError("more adapted than an appearance has")
    count = (rows + len(dates)) * dimension
    values = np.frombuffer(payload, "<f4", count=count, offset=start).reshape(-1, dimension)
    adapted = (Adapted(date, row) for date, row in zip(dates, values[rows:], strict=True))
    appearance = Appearance(
        name=fields["name"],
        created=fields["created"],
        model_id=fields["model_id"],
        metric=fields["metric"],
        embeddings=values[:rows],
        quality=quality,
        adapted=tuple(adapted),
        camera=_camera(fields.get("camera", "")),
    )
    return appearance, start + values.nbytes


def _camera(text: object) -> str:
    if not isinstance(text, str):
        raise TypeError("a camera is named by a text")
    return text
