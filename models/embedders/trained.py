"""Trained networks as embedders of the zoo, `siamese:NAME`."""

from models.assets import trained
from models.assets.runtime import Network
from models.assets.trained import Trained
from models.embedders.litert import NetworkEmbedder
from models.embedders.trained_spec import spec_of
from models.errors import UsageError
from models.types import Precision


def load(name: str, *, precision: Precision | None = None, threads: int = 1) -> NetworkEmbedder:
    """The embedder `siamese:NAME`; raises as `trained.load`, and UsageError for int8."""
    if precision == "int8":
        raise UsageError(f"{name} runs in float32 only", "leave the precision at auto")
    manifest, content = trained.load(name)
    return embedder_of(manifest, content, threads=threads)


def embedder_of(manifest: Trained, content: bytes, *, threads: int = 1) -> NetworkEmbedder:
    """The embedder that `content` is, whether or not it is installed."""
    return NetworkEmbedder(
        spec_of(manifest),
        Network(content, threads=threads),
        precision="float32",
        model_id=f"{trained.PREFIX}{manifest.name}:{manifest.sha256[:16]}",
    )
