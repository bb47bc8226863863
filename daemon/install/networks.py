"""The converted networks of the service: copied from a cache that root may trust, else converted.

The service never converts: that needs TensorFlow, which it does not have.
"""

import contextlib
import os
import pwd
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import get_args

from daemon.install.errors import InstallError
from daemon.install.trust import is_own
from models import files
from models.assets import catalogue, extras, prepared, trained, weights
from models.assets.catalogue import ModelSpec
from models.errors import ModelError
from models.types import Precision

Prepare = Callable[[ModelSpec], object]
"""Converts one model into the cache that `FACELATCH_CACHE` names."""


def known_caches(environment: Mapping[str, str] = os.environ) -> list[Path]:
    """Where weights may lie already: the cache that is named, the caller's, root's."""
    named = environment.get("FACELATCH_CACHE")
    caches = [Path(named).absolute()] if named else []
    for name in (environment.get("SUDO_USER", ""), "root"):
        with contextlib.suppress(KeyError):
            caches.append(Path(pwd.getpwnam(name).pw_dir) / ".cache/facelatch")
    return list(dict.fromkeys(caches))


def wanted(embedder: str, caches: Sequence[Path]) -> list[ModelSpec]:
    """The detector and the embedder meant by `embedder`; "auto" is the best whose weights are here.

    The first of `caches` is the service's. Raises InstallError where there is none; a network that
    somebody trained is never brought there unasked, for nothing vouches for it.
    """
    if trained.is_trained(embedder):
        _require_trained(embedder, caches[0])
        return [catalogue.spec("mtcnn")]
    if embedder != "auto":
        return [catalogue.spec("mtcnn"), catalogue.spec(embedder)]
    for name in catalogue.AUTO_EMBEDDERS:
        spec = catalogue.spec(name)
        if any(_is_usable(spec, cache) for cache in caches):
            return [catalogue.spec("mtcnn"), spec]
    raise InstallError("no embedder is installed", "run: facelatch models fetch mobilefacenet")


def _require_trained(name: str, cache: Path) -> None:
    with using(cache):
        try:
            trained.load(name)
        except ModelError as error:
            raise InstallError(
                f"the service cannot use {name}: {error.message}",
                f"as root, copy trained/{name.removeprefix(trained.PREFIX)} and its file of "
                f"calibrations/ from your cache to {cache}",
            ) from error


def lacking(names: Sequence[str], caches: Sequence[Path]) -> list[str]:
    """Those of these models that are in none of the caches."""
    return [
        name
        for name in names
        if not any(_is_usable(catalogue.spec(name), cache) for cache in caches)
    ]


def beside(caches: Sequence[Path]) -> list[ModelSpec]:
    """The networks of liveness whose weights are here: without them it is weaker."""
    specs = map(catalogue.spec, catalogue.LIVENESS)
    return [spec for spec in specs if any(_is_usable(spec, cache) for cache in caches)]


def is_missing(spec: ModelSpec, cache: Path) -> bool:
    """Whether `cache` lacks a network of the model, or has one that is damaged or not safe."""
    with using(cache):
        return not _is_prepared(spec)


def is_damaged(spec: ModelSpec, cache: Path) -> bool:
    """Whether `cache` holds networks of the model that cannot be used."""
    with using(cache):
        return prepared.folder(spec).is_dir() and not _is_prepared(spec)


def forget(spec: ModelSpec, cache: Path) -> None:
    """Removes the model's networks from `cache`; weights stay."""
    with using(cache):
        files.remove_whole(prepared.folder(spec))


def provide(spec: ModelSpec, target: Path, caches: Sequence[Path], prepare: Prepare) -> None:
    """Brings the networks of a model into the cache `target`. Raises ModelError."""
    for cache in caches:
        if _is_trusted(spec, cache):
            _transfer(spec, cache, target)
            return
    _bring_weights(spec, target, caches)
    with using(target):
        prepare(spec)


@contextlib.contextmanager
def using(cache: Path) -> Iterator[None]:
    """Lets `models` work in `cache`."""
    before = os.environ.get("FACELATCH_CACHE")
    os.environ["FACELATCH_CACHE"] = str(cache)
    try:
        yield
    finally:
        if before is None:
            del os.environ["FACELATCH_CACHE"]
        else:
            os.environ["FACELATCH_CACHE"] = before


def _is_usable(spec: ModelSpec, cache: Path) -> bool:
    with using(cache):
        return (weights.installed(spec) and extras.converts()) or _is_prepared(spec)


def _is_prepared(spec: ModelSpec) -> bool:
    try:
        prepared.verify(spec)
    except ModelError:
        return False
    return True


def _is_trusted(spec: ModelSpec, cache: Path) -> bool:
    """Whether the converted networks in `cache` are ours: their digests are those of whoever
    converted them, so that another's could be anything. Weights have pinned ones.
    """
    if is_missing(spec, cache):
        return False
    with using(cache):
        return is_own(prepared.place(spec))


def _transfer(spec: ModelSpec, cache: Path, target: Path) -> None:
    """Copies by reading and writing anew: every digest is checked, owner and mode are root's."""
    with using(cache):
        manifest = prepared.read_manifest(spec)
        contents = {
            network: {
                kind: prepared.load_network(spec, network, kind)
                for kind in get_args(Precision)
                if kind in by_precision
            }
            for network, by_precision in manifest.networks.items()
        }
    with using(target):
        prepared.write(spec, contents, manifest.precision, manifest.check)


def _bring_weights(spec: ModelSpec, target: Path, caches: Sequence[Path]) -> None:
    """Copies downloaded weights; their digests are pinned, so it matters not whose they were."""
    for source in spec.sources:
        if not isinstance(source, catalogue.Download):
            continue
        content = _found(spec, source, caches)
        with using(target):
            place = weights.weights_folder() / source.filename
        if content is None or place.is_file():
            continue
        files.make_folder(place.parent, mode=0o755)
        files.write(place, content)


def _found(spec: ModelSpec, source: catalogue.Download, caches: Sequence[Path]) -> bytes | None:
    for cache in caches:
        with using(cache), contextlib.suppress(ModelError):
            return weights.read_source(spec, source)
    return None
