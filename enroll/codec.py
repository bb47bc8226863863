"""A person's templates as the bytes of a file: sealed, versioned, strictly parsed. Pure.

    magic    8 bytes
    version  2 bytes, big-endian
    length   2 bytes, big-endian: of the name
    name     UTF-8; readable without the key, as the file's own name is
    nonce    12 random bytes
    sealed   AES-256-GCM of the payload, its 16-byte tag at the end

All that comes before the nonce is authenticated as associated data: a file copied to another name,
or marked as another version, does not open. The payload is the length of a JSON header (4 bytes,
big-endian), the header (looks in order, with the shape of each), and the embeddings as
little-endian float32. Nothing in it can run: no pickle, no object that names a class.
"""

import json
import os
import struct
from typing import Any

import numpy as np
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from enroll.errors import StoreError
from enroll.template import (
    LONGEST_MODEL_ID,
    LONGEST_NAME,
    MOST_DIMENSIONS,
    MOST_EMBEDDINGS,
    MOST_LOOKS,
    Look,
    Person,
    check_name,
)
from models.errors import UsageError

KEY_SIZE = 32
VERSION = 1
# Bytes that a transfer as text would change stand in the magic, as in PNG's.
_MAGIC = b"\x8fFLATCH\n"
_PREFIX = struct.Struct(">8sHH")
_NONCE_SIZE = 12
_HEADER_LENGTH = struct.Struct(">I")
# JSON may spell a character in 12 bytes; 256 for what else describes a look.
_LARGEST_HEADER = MOST_LOOKS * (12 * (LONGEST_NAME + LONGEST_MODEL_ID) + 256)
LARGEST_FILE = MOST_LOOKS * MOST_EMBEDDINGS * MOST_DIMENSIONS * 4 + _LARGEST_HEADER + 1024
"""Bytes; no file that `seal` makes is larger."""


def new_key() -> bytes:
    """A fresh random key for `seal`."""
    return AESGCM.generate_key(bit_length=8 * KEY_SIZE)


def seal(person: Person, key: bytes) -> bytes:
    """The file of `person`, sealed with `key` (32 bytes)."""
    name = person.name.encode()
    prefix = _PREFIX.pack(_MAGIC, VERSION, len(name)) + name
    nonce = os.urandom(_NONCE_SIZE)
    return prefix + nonce + AESGCM(key).encrypt(nonce, _payload(person), prefix)


def is_newer(content: bytes) -> bool:
    """Whether this is a file of templates of a version that is not ours to judge."""
    return _version(content) > VERSION


def read_name(content: bytes) -> str:
    """The name that the file says it belongs to, unauthenticated.

    Raises StoreError where this is no file of templates, or one of a newer version.
    """
    version = _version(content)
    if version > VERSION:
        raise StoreError(
            f"written by a newer Facelatch (format {version}, this one reads {VERSION})",
            "update Facelatch; the file was left as it is",
        )
    if version != VERSION:
        raise StoreError("not a file of templates")
    length = _PREFIX.unpack_from(content)[2]
    try:
        return check_name(content[_PREFIX.size : _PREFIX.size + length].decode())
    except (UnicodeDecodeError, UsageError):
        raise StoreError("damaged") from None


def unseal(content: bytes, key: bytes) -> Person:
    """The person in a file, authenticated; raises StoreError as `read_name`, or where it is not
    exactly what `seal` wrote with this key.
    """
    name = read_name(content)
    start = _PREFIX.size + len(name.encode())
    prefix, nonce, sealed = (
        content[:start],
        content[start : start + _NONCE_SIZE],
        content[start + _NONCE_SIZE :],
    )
    try:
        payload = AESGCM(key).decrypt(nonce, sealed, prefix)
    # ValueError: a key or nonce of the wrong length.
    except (InvalidTag, ValueError):
        raise StoreError("damaged, or sealed with another key") from None
    try:
        return Person(name, _looks(payload))
    except (KeyError, TypeError, ValueError, struct.error, RecursionError):
        raise StoreError("damaged inside") from None


def _version(content: bytes) -> int:
    """0 where this is no file of templates."""
    if len(content) < _PREFIX.size or not content.startswith(_MAGIC):
        return 0
    return int(_PREFIX.unpack_from(content)[1])


def _payload(person: Person) -> bytes:
    described = [
        {
            "name": look.name,
            "created": look.created,
            "model_id": look.model_id,
            "metric": look.metric,
            "shape": list(look.embeddings.shape),
        }
        for look in person.looks
    ]
    header = json.dumps({"looks": described}).encode()
    rows = (look.embeddings.astype("<f4").tobytes() for look in person.looks)
    return b"".join((_HEADER_LENGTH.pack(len(header)), header, *rows))


def _looks(payload: bytes) -> tuple[Look, ...]:
    (length,) = _HEADER_LENGTH.unpack_from(payload)
    end = _HEADER_LENGTH.size + length
    described = json.loads(payload[_HEADER_LENGTH.size : end])["looks"]
    if length > _LARGEST_HEADER or len(described) > MOST_LOOKS:
        raise ValueError("more than a person has")
    looks = []
    for fields in described:
        look, end = _look(fields, payload, end)
        looks.append(look)
    if end != len(payload):
        raise ValueError("bytes that belong to no look")
    return tuple(looks)


def _look(fields: dict[str, Any], payload: bytes, start: int) -> tuple[Look, int]:
    rows, dimension = fields["shape"]
    if not (0 < rows <= MOST_EMBEDDINGS and 0 < dimension <= MOST_DIMENSIONS):
        raise ValueError("a shape out of bounds")
    values = np.frombuffer(payload, "<f4", count=rows * dimension, offset=start)
    look = Look(
        name=fields["name"],
        created=fields["created"],
        model_id=fields["model_id"],
        metric=fields["metric"],
        embeddings=values.reshape(rows, dimension),
    )
    return look, start + values.nbytes
