"""Models by name: what is on this machine, and loading it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar, get_args

from models import calibrations, files
from models.assets import catalogue, extras, prepared, trained, weights
from models.assets.catalogue import AUTO_EMBEDDERS, DOWNLOAD_LIMIT, MODELS, ModelSpec
from models.errors import (
    CorruptModelError,
    ModelError,
    NotInstalledError,
    NotPreparedError,
    UsageError,
)
from models.scoring.calibration import HeldOut
from models.scoring.security import STANDARD
from models.types import Detector, Embedder, Precision

DEFAULT_MIN_FACE = 60
_MOST_THREADS = 64

_Built = TypeVar("_Built")

_NOUNS = {"detector": "a detector", "embedder": "an embedder", "liveness": "for liveness"}

StateName = Literal["missing", "installed", "prepared", "corrupt"]


@dataclass(frozen=True, slots=True)
class ModelState:
    """What there is of one model on this machine."""

    name: str
    state: StateName
    """`installed`: the weights are here, the converted networks are not (`haar` needs none)."""
    ready: bool
    """Whether it can be loaded as it is."""
    size: int
    """Bytes of weights and converted networks together."""
    precision: Precision | None
    """What runs by default, once prepared."""
    path: Path | None
    """The folder of converted networks, else the first file of weights that is here."""
    problem: str = ""
    """Why it is `corrupt`, or what is missing of several files; one line."""


def state(spec: ModelSpec) -> ModelState:
    """What there is of the model, every digest checked (about a second per gigabyte).

    Raises ModelError only where a file cannot even be read.
    """
    sources, damage = _check_sources(spec)
    manifest: prepared.Manifest | None = None
    try:
        manifest = prepared.verify(spec) if spec.networks else None
    except NotPreparedError:
        pass
    except CorruptModelError as error:
        damage = damage or error.message
    complete = len(sources) == len(spec.sources)
    networks = prepared.place(spec)
    return ModelState(
        name=spec.name,
        state=_name(damage=bool(damage), converted=manifest is not None, complete=complete),
        ready=manifest is not None or (complete and not damage and not spec.networks),
        size=sum(path.stat().st_size for path in sources) + _size(manifest),
        precision=manifest.precision if manifest else None,
        path=networks if manifest else next(iter(sources), None),
        problem=damage or _absent(sources, spec),
    )


def usable(spec: ModelSpec) -> bool:
    """True where the model can be loaded, or prepared and then loaded (digests unchecked)."""
    if weights.installed(spec) and (not spec.networks or extras.converts()):
        return True
    try:
        return bool(spec.networks and prepared.read_manifest(spec))
    except (NotPreparedError, CorruptModelError):
        return False


def resolve_embedder(name: str) -> str:
    """The embedder meant by `name`; "auto" is the first of AUTO_EMBEDDERS that is installed.

    Raises UsageError for what is no embedder, NotInstalledError where "auto" finds none. Whether
    a named embedder is installed shows when it is loaded.
    """
    if name == "auto":
        for candidate in AUTO_EMBEDDERS:
            if usable(MODELS[candidate]):
                return candidate
        raise NotInstalledError(
            "no embedder is installed", "run: facelatch models fetch mobilefacenet"
        )
    if trained.is_trained(name):
        trained.folder(name)  # refuses what is no name
        return name
    return _named(name, "embedder", extra=("auto",)).name


def why_auto(name: str) -> str:
    """Why "auto" means `name`, in a few words: what was measured at security standard.

    Raises CorruptModelError where its calibration is damaged.
    """
    known = _held_out(name).get(STANDARD.name)
    if known is None:
        return f"{name} was not measured on groups of people"
    missed = f"{name} misses its owner in {100 * known.frr:.2g} % of looks at security standard"
    if known.kept:
        return f"{missed} and keeps what it promises in every group that was measured"
    return f"{missed} and does not keep every promise to every group that was measured"


def unfit(name: str) -> str:
    """At which levels the embedder `name` is of no use, in a few words; "" for none that is known.

    That is where it cannot keep its promise to every group, or only by missing its owner too
    often. Raises CorruptModelError where its calibration is damaged.
    """
    known = _held_out(name)
    levels = [level for level, one in known.items() if not one.usable]
    if not levels:
        return ""
    missed = ", ".join(
        f"{level} (misses its owner in {100 * known[level].frr:.2g} % of looks)"
        if known[level].kept
        else f"{level} (does not keep its promise to every group)"
        for level in levels
    )
    return f"{name} is not fit for security {missed}"


def _held_out(name: str) -> Mapping[str, HeldOut]:
    try:
        return calibrations.shipped(name).held_out
    except NotInstalledError:
        return {}


def load_embedder(
    name: str = "auto", *, precision: Precision | None = None, threads: int = 1
) -> Embedder:
    """The embedder meant by `name`, ready to run; `precision` None is the model's default.

    Raises UsageError, NotInstalledError, NotPreparedError, CorruptModelError.
    """
    _check_threads(threads)
    if precision is not None and precision not in get_args(Precision):
        raise UsageError(f"no precision {precision!r}", f"one of: {', '.join(get_args(Precision))}")
    resolved = resolve_embedder(name)
    if trained.is_trained(resolved):
        from models.embedders import trained as trained_embedders

        return trained_embedders.load(resolved, precision=precision, threads=threads)
    spec = MODELS[resolved]

    def build() -> Embedder:
        from models.embedders.litert import LiteRTEmbedder
        from models.embedders.spec import EMBEDDERS

        return LiteRTEmbedder(EMBEDDERS[spec.name], precision=precision, threads=threads)

    return _loaded(spec, build)


def load_detector(
    name: str = "mtcnn",
    *,
    min_face: int = DEFAULT_MIN_FACE,
    follow: bool = False,
    threads: int = 1,
) -> Detector:
    """The detector called `name`, ready to run.

    `min_face` is the smallest face looked for, in pixels of the frame. With `follow` it searches
    the whole frame only now and then and follows the faces in between: for frames of one scene in
    their order. Raises UsageError, NotInstalledError, NotPreparedError, CorruptModelError.
    """
    _check_threads(threads)
    spec = _named(name, "detector")

    def build() -> Detector:
        if spec.name == "haar":
            from models.detectors.haar import HaarDetector

            return HaarDetector(min_face=min_face)
        from models.detectors.mtcnn import MtcnnDetector

        return MtcnnDetector(min_face=min_face, threads=threads)

    detector: Detector = _loaded(spec, build)
    if not follow:
        return detector
    from models.detectors.following import FollowingDetector

    return FollowingDetector(detector)


def _loaded(spec: ModelSpec, build: Callable[[], _Built]) -> _Built:
    try:
        return build()
    except NotPreparedError:
        # Preparing what is not there would only fail later and say less.
        if not weights.installed(spec):
            raise weights.not_installed(spec) from None
        raise


def _named(
    name: str, kind: Literal["detector", "embedder"], extra: tuple[str, ...] = ()
) -> ModelSpec:
    found = MODELS.get(name)
    known = [model.name for model in MODELS.values() if model.kind == kind]
    if found is None:
        raise catalogue.unknown(name, [*known, *extra])
    if found.kind != kind:
        raise UsageError(
            f"{name} is {_NOUNS[found.kind]}, not {_NOUNS[kind]}",
            f"one of: {', '.join([*known, *extra])}",
        )
    return found


def _check_threads(threads: int) -> None:
    if not 1 <= threads <= _MOST_THREADS:
        raise UsageError(f"{threads} threads are not possible", f"1 to {_MOST_THREADS}")


def _check_sources(spec: ModelSpec) -> tuple[list[Path], str]:
    """The files of weights that are here, and what is wrong with them, "" where nothing is."""
    paths, damage = [], ""
    for source in spec.sources:
        path = weights.source_path(source)
        if path is None:
            continue
        paths.append(path)
        try:
            intact = files.sha256(path, most=source.size or DOWNLOAD_LIMIT) == source.sha256
        except OSError as error:
            raise ModelError(f"cannot read {path}: {files.reason(error)}") from error
        if not intact:
            damage = damage or f"{path} is not the published file of {spec.name}"
    return paths, damage


def _name(*, damage: bool, converted: bool, complete: bool) -> StateName:
    if damage:
        return "corrupt"
    if converted:
        return "prepared"
    return "installed" if complete else "missing"


def _size(manifest: prepared.Manifest | None) -> int:
    if manifest is None:
        return 0
    kinds = manifest.networks.values()
    return sum(entry.size for by_precision in kinds for entry in by_precision.values())


def _absent(sources: list[Path], spec: ModelSpec) -> str:
    absent = len(spec.sources) - len(sources)
    if not sources or not absent:
        return ""
    return f"{absent} of {len(spec.sources)} files of weights missing"
