"""Embeds many picture files, each once: from the cache where it was seen before."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.errors import FacelatchError
from models.evaluation.cache import EmbeddingCache
from models.evaluation.metrics import Flags
from models.evaluation.pictures import EmbeddedFace, decode_picture, digest, read_file
from models.types import Array, Image

_SAVE_EVERY = 500

Progress = Callable[[int, int], None]
"""Called with pictures done and pictures in all."""

Decode = Callable[[bytes, Path], Image]
"""Makes a picture of a file's content; raises FacelatchError, naming the path, where it cannot."""


@dataclass(frozen=True, slots=True, eq=False)
class Collection:
    """The embeddings of n pictures; pictures that could not be read are apart, never dropped."""

    paths: tuple[Path, ...]
    embeddings: Array
    """(n, d) float32; a picture that could not be read has a row of NaN."""
    detected: Flags
    """(n,): False where the middle of the picture stood in for a face."""
    unreadable: tuple[Path, ...]
    from_cache: int
    seconds: float

    @property
    def undetected(self) -> int:
        """Pictures that were read but in which no face was found."""
        return len(self.paths) - len(self.unreadable) - int(self.detected.sum())


def collect(
    paths: Sequence[Path],
    embed: Callable[[Image], EmbeddedFace],
    cache: EmbeddingCache,
    *,
    decode: Decode = decode_picture,
    progress: Progress | None = None,
) -> Collection:
    """Embeds every picture of `paths`; what was done is kept even if it is interrupted."""
    started = time.perf_counter()
    faces: list[EmbeddedFace | None] = []
    known = 0
    try:
        for path in paths:
            face, cached = _one(path, embed, cache, decode)
            faces.append(face)
            known += cached
            if cache.unsaved >= _SAVE_EVERY:
                cache.save()
            if progress is not None:
                progress(len(faces), len(paths))
    finally:
        cache.save()
    return _gathered(paths, faces, known, time.perf_counter() - started)


def _one(
    path: Path, embed: Callable[[Image], EmbeddedFace], cache: EmbeddingCache, decode: Decode
) -> tuple[EmbeddedFace | None, bool]:
    try:
        content = read_file(path)
        key = digest(content)
        if (face := cache.get(key)) is not None:
            return face, True
        face = embed(decode(content, path))
    except FacelatchError:
        return None, False
    cache.put(key, face)
    return face, False


def _gathered(
    paths: Sequence[Path], faces: Sequence[EmbeddedFace | None], known: int, seconds: float
) -> Collection:
    dimension = max((face.embedding.size for face in faces if face is not None), default=0)
    embeddings = np.full((len(paths), dimension), np.nan, dtype=np.float32)
    for row, face in enumerate(faces):
        if face is not None:
            embeddings[row] = face.embedding
    return Collection(
        paths=tuple(paths),
        embeddings=embeddings,
        detected=np.array([face is not None and face.detected for face in faces], dtype=bool),
        unreadable=tuple(p for p, face in zip(paths, faces, strict=True) if face is None),
        from_cache=known,
        seconds=seconds,
    )
