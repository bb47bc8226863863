"""What is known of trained networks as embedders; no network is loaded for it."""

from models.assets import trained
from models.assets.trained import Trained
from models.embedders.spec import EMBEDDERS, EmbedderSpec, trained_reference
from models.errors import CorruptModelError, ModelError


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
