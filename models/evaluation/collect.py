"""Embeds many picture files, each once: from the cache where it was seen before."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.assets.weights import cache_folder
from models.errors import FacelatchError
from models.evaluation.cache import EmbeddingCache, code_digest, settings_key
from models.evaluation.metrics import Flags
from models.evaluation.pictures import EmbeddedFace, digest
from models.evaluation.versions import versions
from models.types import Array, Embedder, Image

_SAVE_EVERY = 500

Progress = Callable[[int, int], None]
"""Called with pictures done and pictures in all."""

Read = Callable[[Path], Image]
"""Reads a picture; raises FacelatchError where it cannot."""

Embed = Callable[[Image], EmbeddedFace]


@dataclass(frozen=True, slots=True, eq=False)
class Collection:
    """The embeddings of n pictures; pictures that could not be read are apart, never dropped."""

    paths: tuple[Path, ...]
    embeddings: Array
    """(n, d) float32; a picture that could not be read has a row of NaN."""
    detected: Flags
    """(n,): False where the middle of the picture stood in for a face."""
    quality: Array
    """(n,) in [0, 1]; 0 where no face was found, NaN where the picture could not be read."""
    unreadable: tuple[Path, ...]
    from_cache: int
    seconds: float

    @property
    def undetected(self) -> int:
        """Pictures that were read but in which no face was found."""
        return len(self.paths) - len(self.unreadable) - int(self.detected.sum())


def collect(
    paths: Sequence[Path],
    read: Read,
    embed: Embed,
    cache: EmbeddingCache,
    *,
    progress: Progress | None = None,
) -> Collection:
    """Embeds every picture of `paths`; what was done is kept even if it is interrupted."""
    started = time.perf_counter()
    faces: list[EmbeddedFace | None] = []
    known = 0
    try:
        for path in paths:
            face, cached = _one(path, read, embed, cache)
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
    path: Path, read: Read, embed: Embed, cache: EmbeddingCache
) -> tuple[EmbeddedFace | None, bool]:
    try:
        key = digest(path)
        if (face := cache.get(key)) is not None:
            return face, True
        face = embed(read(path))
    except FacelatchError:
        return None, False
    cache.put(key, face)
    return face, False


def open_cache(
    embedder: Embedder, detector: str, *, min_face: int, changed: str = ""
) -> EmbeddingCache:
    """The cache of these models and settings, of this code and these libraries.

    `changed` names what is done to pictures before they are looked at, "" for nothing.
    """
    from models.assets import prepared

    settings: dict[str, str | int | float | bool] = {
        "model": embedder.model_id,
        "precision": embedder.precision,
        "detector": detector,
        "min_face": min_face,
        "changed": changed,
        "converter": prepared.CONVERTER_VERSION,
        "code": code_digest(_deciding_code()),
        **versions(),
    }
    return EmbeddingCache.load(cache_folder() / "embeddings" / f"{settings_key(settings)}.faces")


def _deciding_code() -> list[Path]:
    """The files on which an embedding depends."""
    root = Path(__file__).resolve().parent.parent
    single = (
        *("alignment.py", "geometry.py", "assets/runtime.py", "quality.py", "detail.py"),
        *("pipeline.py", "evaluation/pictures.py", "evaluation/cache.py"),
    )
    return [
        *(root / name for name in single),
        *(root / "detectors").glob("*.py"),
        *(root / "embedders").glob("*.py"),
        *(root / "embedders").glob("*.json"),
    ]


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
        quality=np.array(
            [np.nan if face is None else face.quality for face in faces], dtype=np.float32
        ),
        unreadable=tuple(p for p, face in zip(paths, faces, strict=True) if face is None),
        from_cache=known,
        seconds=seconds,
    )
