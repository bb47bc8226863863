"""Makes the converted networks of a model: idempotent, self-checking, one process at a time."""

import contextlib
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from models import files
from models.assets import prepared
from models.assets.catalogue import ModelSpec
from models.assets.prepared import Manifest
from models.convert import quantise as quantisation
from models.convert import selfcheck, tflite
from models.convert.recipes import Recipe, recipe
from models.convert.selfcheck import FLOAT_TOLERANCE, MIN_COSINE
from models.errors import (
    ConversionError,
    CorruptModelError,
    CorruptNetworkError,
    ModelError,
    NotPreparedError,
    UsageError,
)
from models.types import Array, Precision

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Converted:
    """One network: its contents by precision, and how well they agree."""

    contents: dict[Precision, bytes]
    difference: float
    """Of float32 from Keras, see `selfcheck.Agreement`."""
    cosine: float | None
    """Least of int8 with float32: -1 where int8 cannot be made, None where none is wanted."""


def prepare(spec: ModelSpec, *, force: bool = False, progress: Progress) -> Manifest:
    """The manifest of the model's converted networks, made first where they are not there.

    Damaged networks are made anew; `force` makes intact ones anew too. `progress` is called with
    one line at a time. Raises UsageError for a model that needs no conversion, NotInstalledError
    and CorruptModelError for its weights, ConversionError where a check fails, ModelError where
    the cache cannot be written.
    """
    steps = recipe(spec.name)
    if steps is None or not spec.networks:
        raise UsageError(f"{spec.name} needs no conversion", "it runs as it is")
    with contextlib.ExitStack() as stack:
        if _hold_lock(spec, stack, wait=False):
            return _prepare(spec, steps, force=force, progress=progress)
        progress(f"{spec.name}: another process is converting it, waiting")
        _hold_lock(spec, stack, wait=True)
        # What the other one made is new enough, forced or not.
        return _prepare(spec, steps, force=False, progress=progress)


def _hold_lock(spec: ModelSpec, stack: contextlib.ExitStack, *, wait: bool) -> bool:
    folder = prepared.folder(spec).parent
    try:
        files.make_folder(folder, mode=0o755)
        lock = files.locked(folder / f".{spec.name}.lock", wait=wait)
        return stack.enter_context(lock)
    except OSError as error:
        raise ModelError(
            f"cannot write to {folder}: {files.reason(error)}",
            "make room there or set FACELATCH_CACHE to another folder",
        ) from error


def _prepare(spec: ModelSpec, steps: Recipe, *, force: bool, progress: Progress) -> Manifest:
    if not force and (ready := _ready(spec, progress)):
        progress(f"{spec.name}: ready, {describe(ready)}")
        return ready
    _sweep(spec)
    manifest = _convert(spec, steps, progress)
    progress(f"{spec.name}: converted, {describe(manifest)}")
    return manifest


def describe(manifest: Manifest) -> str:
    """What runs by default and why, in a few words."""
    if refused := manifest.check.get("refused"):
        return f"runs as {manifest.precision} ({refused})"
    return f"runs as {manifest.precision}"


def _ready(spec: ModelSpec, progress: Progress) -> Manifest | None:
    try:
        return prepared.verify(spec)
    except NotPreparedError:
        return None
    except CorruptNetworkError as error:
        progress(f"{spec.name}: {error.message}, converting anew")
        return None


def _sweep(spec: ModelSpec) -> None:
    """Removes what an interrupted conversion left; the lock is ours, so nobody else is at it."""
    for leftover in prepared.folder(spec).parent.glob(f".{spec.name}-*"):
        shutil.rmtree(leftover, ignore_errors=True)


def _convert(spec: ModelSpec, steps: Recipe, progress: Progress) -> Manifest:
    progress(f"{spec.name}: reading the weights")
    networks = steps.networks()
    if set(networks) != set(spec.networks):
        raise ConversionError(f"the conversion of {spec.name} made {', '.join(networks)}")
    inputs = steps.inputs()
    converted = {
        name: _convert_network(
            name,
            networks[name],
            inputs[name],
            quantise=steps.quantise or name in spec.quantised,
            progress=_named(spec, progress),
        )
        for name in spec.networks
    }
    return _install(spec, converted)


def _named(spec: ModelSpec, progress: Progress) -> Progress:
    return lambda line: progress(f"{spec.name}: {line}")


def _convert_network(
    name: str, network: Any, inputs: Sequence[Array], *, quantise: bool, progress: Progress
) -> Converted:
    progress(f"converting {name} to float32")
    contents: dict[Precision, bytes] = {"float32": tflite.convert(network)}
    plain = selfcheck.outputs(contents["float32"], inputs)
    found = selfcheck.agreement(plain, selfcheck.keras_outputs(network, inputs))
    if not found.difference <= FLOAT_TOLERANCE:  # so that nan is refused too
        raise ConversionError(
            f"converted, {name} differs from its source by {found.difference:.2g}",
            "nothing was installed",
        )
    if not quantise:
        return Converted(contents, found.difference, None)
    progress(f"quantising {name} to int8")
    try:
        contents["int8"] = quantisation.quantise(contents["float32"])
        progress(f"checking {name} on {len(inputs)} pictures")
        quantised = selfcheck.outputs(contents["int8"], inputs)
    except (ConversionError, CorruptModelError) as error:
        # The float32 network is sound and runs without it.
        progress(f"no int8 network of {name}: {error}")
        return Converted(contents, found.difference, -1.0)
    return Converted(contents, found.difference, selfcheck.agreement(quantised, plain).cosine)


def _install(spec: ModelSpec, converted: dict[str, Converted]) -> Manifest:
    """Writes what passed: int8 runs where every network that was quantised has passed with it."""
    short = {
        name: network.cosine
        for name, network in converted.items()
        if network.cosine is not None and not network.cosine >= MIN_COSINE
    }
    everywhere = not short and all(network.cosine is not None for network in converted.values())
    precision: Precision = "int8" if everywhere else "float32"
    check: dict[str, Any] = {
        name: {"float32_difference": network.difference, "int8_cosine": network.cosine}
        for name, network in converted.items()
    }
    if short:
        worst = min(short, key=lambda name: short[name])
        check["refused"] = f"int8 refused: cosine {short[worst]:.4f} < {MIN_COSINE} in {worst}"
    kept = {
        name: {
            kind: content
            for kind, content in network.contents.items()
            if kind == "float32" or not short
        }
        for name, network in converted.items()
    }
    return prepared.write(spec, kept, precision, check)
