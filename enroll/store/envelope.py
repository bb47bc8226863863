"""Sealed bytes with a label that can be read without the key. Pure.

    magic    8 bytes, by kind of content
    version  2 bytes, big-endian
    length   2 bytes, big-endian: of the name
    key      8 bytes: which key seals it, see `Key.id`
    machine  8 bytes: which machine it belongs to, see `Place.tag`
    uid      4 bytes, big-endian: which account
    name     UTF-8; readable without the key, as the file's own name is
    nonce    12 random bytes
    sealed   AES-256-GCM of the payload, its 16-byte tag at the end

All that comes before the nonce is authenticated, and the key that seals is made (HKDF with SHA-256,
RFC 5869) of the store's key, the kind, the machine, the account and the name: what was relabelled
does not open, nor what was copied to another name, account or machine.

Version 1 knew neither key nor machine nor uid and was sealed with the store's key itself. It is
read, never written.
"""

import hmac
import os
import struct
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from enroll.errors import StoreError
from enroll.store.binding import Place
from enroll.template import check_name
from models.errors import UsageError

KEY_SIZE = 32
VERSION = 2
OVERHEAD = 512
"""Bytes; nothing sealed is larger than its payload by more."""
_OLD_VERSION = 1
_START = struct.Struct(">8sHH")
_BINDING = struct.Struct(">8s8sI")
_NONCE_SIZE = 12
_ELSEWHERE = (
    "remove the person (facelatch remove NAME) and enrol again, or move the templates with "
    "facelatch export there and facelatch import here"
)


@dataclass(frozen=True, slots=True)
class Kind:
    """What may be in an envelope. `magic` is 8 bytes, `what` a word for errors."""

    magic: bytes
    what: str


@dataclass(frozen=True, slots=True)
class Label:
    """What an envelope says of itself, unauthenticated. Version 1 says the name alone."""

    version: int
    name: str
    key_id: bytes = b""
    machine: bytes = b""
    uid: int = -1


def new_secret() -> bytes:
    """A fresh random key, 32 bytes."""
    return AESGCM.generate_key(bit_length=8 * KEY_SIZE)


def key_id(secret: bytes) -> bytes:
    """8 bytes that name a key and tell nothing of it."""
    return hmac.digest(secret, b"facelatch key id", "sha256")[:8]


def seal(kind: Kind, payload: bytes, *, name: str, secret: bytes, place: Place) -> bytes:
    """The envelope of `payload`, for this name at this place, sealed with this key."""
    encoded = name.encode()
    start = _START.pack(kind.magic, VERSION, len(encoded))
    prefix = start + _BINDING.pack(key_id(secret), place.tag, place.uid) + encoded
    nonce = os.urandom(_NONCE_SIZE)
    cipher = AESGCM(_file_key(secret, kind, name, place))
    return prefix + nonce + cipher.encrypt(nonce, payload, prefix)


def label(kind: Kind, content: bytes) -> Label:
    """What the envelope says of itself.

    Raises StoreError where this is no such file, or one of a newer version.
    """
    version = _version(kind, content)
    if version > VERSION:
        raise StoreError(
            f"written by a newer Facelatch (format {version}, this one reads {VERSION})",
            "update Facelatch; the file was left as it is",
        )
    if version < _OLD_VERSION:
        raise StoreError(f"not a file of {kind.what}")
    length = _START.unpack_from(content)[2]
    start = _name_start(version)
    try:
        name = check_name(content[start : start + length].decode())
        if version == _OLD_VERSION:
            return Label(version, name)
        return Label(version, name, *_BINDING.unpack_from(content, _START.size))
    except (UnicodeDecodeError, UsageError, struct.error):
        raise StoreError("damaged") from None


def check_place(said: Label, name: str, place: Place) -> None:
    """Raises StoreError where a file is somebody else's, by what its label says."""
    if said.name != name:
        raise StoreError(f"belongs to {said.name!r}", "move it away")
    if said.version < VERSION:
        return
    if said.machine != place.tag:
        raise StoreError("was made on another machine", _ELSEWHERE)
    if said.uid != place.uid:
        raise StoreError(
            f"was made for user number {said.uid}, and {name} is {place.uid}",
            "a new user of an old name: remove the person (facelatch remove NAME) and enrol again",
        )


def is_newer(kind: Kind, content: bytes) -> bool:
    """Whether this is an envelope of a version that is not ours to judge."""
    return _version(kind, content) > VERSION


def unseal(kind: Kind, content: bytes, *, secret: bytes, place: Place) -> bytes:
    """The payload, authenticated; raises StoreError as `label`, or where it is not exactly what
    `seal` wrote with this key for the name in the label at this place.
    """
    said = label(kind, content)
    start = _name_start(said.version) + len(said.name.encode())
    end = start + _NONCE_SIZE
    old = said.version == _OLD_VERSION
    try:
        cipher = AESGCM(secret if old else _file_key(secret, kind, said.name, place))
        return cipher.decrypt(content[start:end], content[end:], content[:start])
    # ValueError: a key or nonce of the wrong length.
    except (InvalidTag, ValueError):
        raise StoreError("damaged, or sealed with another key") from None


def _version(kind: Kind, content: bytes) -> int:
    """0 where this is no such envelope."""
    if len(content) < _START.size or not content.startswith(kind.magic):
        return 0
    return int(_START.unpack_from(content)[1])


def _name_start(version: int) -> int:
    return _START.size + (0 if version == _OLD_VERSION else _BINDING.size)


def _file_key(secret: bytes, kind: Kind, name: str, place: Place) -> bytes:
    if len(secret) != KEY_SIZE:
        raise ValueError("a key has 32 bytes")
    # Each part of fixed length but the last, so that no two sets of parts are the same bytes.
    info = kind.magic + place.machine + place.uid.to_bytes(4, "big") + name.encode()
    return HKDF(algorithm=SHA256(), length=KEY_SIZE, salt=None, info=info).derive(secret)
