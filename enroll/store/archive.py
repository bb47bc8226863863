"""A person's appearances in a file that a passphrase opens, to be carried to another machine. Pure.

    magic    8 bytes
    version  2 bytes, big-endian
    cost     1 byte: the binary logarithm of scrypt's N
    r, p     1 byte each
    length   2 bytes, big-endian: of the name
    salt     16 random bytes
    nonce    12 random bytes
    name     UTF-8
    sealed   AES-256-GCM of the payload of `enroll.store.codec`, its tag at the end

All before the sealed part is authenticated. The key is scrypt's (RFC 7914) of the passphrase in
UTF-8 and Unicode's composed form (NFC). The parameters are those that OWASP's Password Storage
Cheat Sheet names first for scrypt, N = 2^17, r = 8, p = 1: 128 MiB and a few tenths of a second a
guess. An archive with others is refused beyond `_MOST_COST`, before any memory is taken.
"""

import os
import struct
import unicodedata
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from enroll.errors import StoreError
from enroll.store import codec
from enroll.template import Person, check_name
from models.errors import UsageError

VERSION = 1
SHORTEST_PASSPHRASE = 8
"""Characters; NIST SP 800-63B, 5.1.1.2, asks for no fewer of a secret that a person remembers."""
LONGEST_PASSPHRASE = 1024
_MAGIC = b"\x8fFLARCH\n"
_START = struct.Struct(">8sHBBBH16s12s")
_KEY_SIZE = 32
_COST, _R, _P = 17, 8, 1
_LEAST_COST, _MOST_COST = 14, 18
"""2^18 with r = 8 takes 256 MiB."""
LARGEST_FILE = codec.LARGEST_PAYLOAD + 512


@dataclass(frozen=True, slots=True)
class _Head:
    cost: int
    salt: bytes
    nonce: bytes
    name: str
    size: int


def check_passphrase(passphrase: str) -> str:
    """The passphrase in Unicode's composed form; raises UsageError where it is too short."""
    composed = unicodedata.normalize("NFC", passphrase[: 4 * LONGEST_PASSPHRASE])
    if not SHORTEST_PASSPHRASE <= len(composed) <= LONGEST_PASSPHRASE:
        raise UsageError(
            f"a passphrase has {SHORTEST_PASSPHRASE} to {LONGEST_PASSPHRASE} characters",
            "four or five random words are easier to type than they are to guess",
        )
    return composed


def pack(person: Person, passphrase: str) -> bytes:
    """The archive of `person`. Raises UsageError for a passphrase that is too short."""
    name, salt, nonce = person.name.encode(), os.urandom(16), os.urandom(12)
    start = _START.pack(_MAGIC, VERSION, _COST, _R, _P, len(name), salt, nonce) + name
    key = _key(check_passphrase(passphrase), salt, _COST)
    return start + AESGCM(key).encrypt(nonce, codec.payload_of(person), start)


def unpack(content: bytes, passphrase: str) -> Person:
    """The person in an archive.

    Raises StoreError where it is none, of a newer version, damaged or of another passphrase; before
    anything costly is done, where it asks for more than an archive of ours may.
    """
    if len(content) > LARGEST_FILE:
        raise StoreError("too large to be an archive of appearances")
    head = _read_head(content)
    key = _key(check_passphrase(passphrase), head.salt, head.cost)
    try:
        payload = AESGCM(key).decrypt(head.nonce, content[head.size :], content[: head.size])
    except InvalidTag:
        raise StoreError("another passphrase, or damaged", "type the passphrase again") from None
    return codec.person_of(head.name, payload)


def _read_head(content: bytes) -> _Head:
    if len(content) < _START.size or not content.startswith(_MAGIC):
        raise StoreError("not an archive of appearances", "make one with: facelatch export")
    _, version, cost, r, p, length, salt, nonce = _START.unpack_from(content)
    if version > VERSION:
        raise StoreError("written by a newer Facelatch", "update Facelatch")
    if version != VERSION or not _LEAST_COST <= cost <= _MOST_COST or (r, p) != (_R, _P):
        raise StoreError("damaged: it asks for what no archive of ours does")
    size = _START.size + length
    try:
        name = check_name(content[_START.size : size].decode())
    except (UnicodeDecodeError, UsageError):
        raise StoreError("damaged") from None
    return _Head(cost, salt, nonce, name, size)


def _key(passphrase: str, salt: bytes, cost: int) -> bytes:
    return Scrypt(salt=salt, length=_KEY_SIZE, n=1 << cost, r=_R, p=_P).derive(passphrase.encode())
