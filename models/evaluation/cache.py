"""Embeddings kept on disk, so that each picture is embedded once.

    <cache>/embeddings/<key>.faces      magic, sha256 of the rest, then an .npz without pickles

The key names whatever an embedding depends on beside the picture; rows are found by the picture's
digest. A damaged file is noticed, reported and made anew. Embeddings of pictures that the user
measures on are no templates: nobody is let in by them.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from models import files
from models.evaluation.pictures import EmbeddedFace
from models.types import Array

_MAGIC = b"FACELATCH-EMBEDDINGS-2\n"
_MOST_BYTES = 4 * 1024**3
_DIGEST_BYTES = 32


def settings_key(settings: Mapping[str, str | int | float | bool]) -> str:
    """Name of the cache file of these settings."""
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:24]


def code_digest(sources: list[Path]) -> str:
    """Digest of source files, so that embeddings made by other code are not taken for current."""
    joined = hashlib.sha256()
    for path in sorted(sources):
        joined.update(hashlib.sha256(path.read_bytes()).digest())
    return joined.hexdigest()[:16]


@dataclass(slots=True, eq=False)
class EmbeddingCache:
    """The rows of one file in memory; `save` writes them back. Not for two threads at once.

    Two processes may use one file: it is replaced as a whole, and the last to save wins.
    """

    path: Path
    rows: dict[str, EmbeddedFace] = field(default_factory=dict)
    damaged: bool = False
    """True where a file was there and could not be used."""
    _unsaved: int = 0

    @classmethod
    def load(cls, path: Path) -> "EmbeddingCache":
        """The rows of `path`; none where it is absent or damaged."""
        cache = cls(path)
        try:
            content = files.read_bounded(path, most=_MOST_BYTES)
        except FileNotFoundError:
            return cache
        except (OSError, files.UntrustedError):
            cache.damaged = True
            return cache
        try:
            cache.rows = _unpack(content)
        except (ValueError, KeyError, EOFError, zipfile.BadZipFile):
            cache.damaged = True
        return cache

    def get(self, digest: str) -> EmbeddedFace | None:
        """The face of the picture with this digest, if it was embedded before."""
        return self.rows.get(digest)

    def put(self, digest: str, face: EmbeddedFace) -> None:
        """Remembers a face until `save`."""
        self.rows[digest] = face
        self._unsaved += 1

    @property
    def unsaved(self) -> int:
        """Rows that only memory holds."""
        return self._unsaved

    def save(self) -> None:
        """Writes all rows in one step: a reader sees the old file or the new. Raises OSError."""
        if not self._unsaved:
            return
        files.make_folder(self.path.parent)
        files.write(self.path, _pack(self.rows), mode=0o600, sync=False)
        self._unsaved = 0


def _pack(rows: Mapping[str, EmbeddedFace]) -> bytes:
    digests = b"".join(bytes.fromhex(digest) for digest in rows)
    stream = io.BytesIO()
    np.savez(
        stream,
        digests=np.frombuffer(digests, dtype=np.uint8).reshape(-1, _DIGEST_BYTES),
        embeddings=np.stack([face.embedding for face in rows.values()]),
        detected=np.array([face.detected for face in rows.values()]),
        quality=np.array([face.quality for face in rows.values()], dtype=np.float32),
    )
    payload = stream.getvalue()
    return _MAGIC + hashlib.sha256(payload).digest() + payload


def _unpack(content: bytes) -> dict[str, EmbeddedFace]:
    start = len(_MAGIC) + _DIGEST_BYTES
    payload = content[start:]
    if content[:start] != _MAGIC + hashlib.sha256(payload).digest():
        raise ValueError("not a file that this program wrote")
    with np.load(io.BytesIO(payload), allow_pickle=False) as stored:
        digests, detected, quality = (stored[key] for key in ("digests", "detected", "quality"))
        embeddings: Array = stored["embeddings"].astype(np.float32)
    return {
        bytes(digest).hex(): EmbeddedFace(embedding, bool(found), float(score))
        for digest, embedding, found, score in zip(
            digests, embeddings, detected, quality, strict=True
        )
    }
