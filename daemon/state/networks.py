"""Which networks are ready to run on this machine, by their manifests."""

from models.assets import prepared
from models.assets.catalogue import AUTO_EMBEDDERS, spec
from models.errors import FacelatchError


def is_prepared(model: str) -> bool:
    """Whether its networks were converted; digests are checked when they are loaded."""
    try:
        return bool(prepared.read_manifest(spec(model)))
    except FacelatchError:
        return False


def prepared_embedders() -> frozenset[str]:
    """The embedders that "auto" may mean here."""
    return frozenset(name for name in AUTO_EMBEDDERS if is_prepared(name))
