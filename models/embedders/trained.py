"""Trained networks as embedders of the zoo, `siamese:NAME`."""

from models.assets import trained
from models.assets.runtime import Network
from models.assets.trained import Trained
from models.embedders.litert import NetworkEmbedder
from models.embedders.spec import EMBEDDERS, EmbedderSpec, trained_reference
from models.errors import CorruptModelError, ModelError, UsageError
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


def spec_of(manifest: Trained) -> EmbedderSpec:
    """What the network expects of its chip; raises CorruptModelError where its base is unknown."""
    name = trained.PREFIX + manifest.name
    if manifest.base:
        base = EMBEDDERS.get(manifest.base)
        if base is None or base.size != manifest.size:
            raise CorruptModelError(f"{name} was trained on {manifest.base!r}, which is not known")
        reference, mirrored, stretch = base.reference, base.mirror_reference, base.stretch
    else:
        reference = mirrored = trained_reference(manifest.size)
        stretch = 1.0
    return EmbedderSpec(
        name=name,
        size=manifest.size,
        reference=reference,
        mirror_reference=mirrored,
        stretch=stretch,
        upright=manifest.upright,
        dimension=manifest.dimension,
        metric="euclidean",
        normalised=True,
        threshold=manifest.threshold,
    )


def spec_named(name: str) -> EmbedderSpec:
    """What is known of any embedder, the zoo's or trained; raises ModelError for an unknown one."""
    if trained.is_trained(name):
        return spec_of(trained.read(name))
    spec = EMBEDDERS.get(name)
    if spec is None:
        raise ModelError(f"there is no embedder {name!r}")
    return spec


def check_strength(name: str) -> None:
    """Raises ModelError where `name` is a trained network that is too weak to unlock anything."""
    if trained.is_trained(name) and (weakness := trained.read(name).weakness):
        raise ModelError(
            f"{name} is too weak to unlock a session: {weakness}",
            "choose a built-in embedder, or set recognition.allow_weak = true",
        )
