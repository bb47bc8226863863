"""Small models that are not in the catalogue."""

import hashlib

from models.assets.catalogue import Download, ModelSpec

CONTENT = bytes(range(256)) * 1200


def download(url: str, content: bytes = CONTENT, *, size: int | None = -1) -> Download:
    """A file of a release at `url`; `size` is the true one unless given."""
    digest = hashlib.sha256(content).hexdigest()
    stated = len(content) if size == -1 else size
    return Download(url, url.rpartition("/")[2], digest, stated)


def model(*sources: Download, name: str = "fake", networks: tuple[str, ...] = ()) -> ModelSpec:
    """A model of `sources`."""
    return ModelSpec(name, "embedder", "a fake", "MIT", "a fake release", sources, networks)
