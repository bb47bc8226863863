"""From a trained network to one in the zoo: converted, checked, measured, calibrated."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from models import calibrations
from models.assets import trained
from models.assets.trained import Trained
from models.convert import selfcheck, tflite
from models.embedders import trained as trained_embedders
from models.errors import ConversionError, FacelatchError
from models.evaluation import calibrate, turns
from models.evaluation.turns import Faces
from models.evaluation.versions import versions
from models.scoring.calibration import Calibration, Provenance
from models.scoring.security import ATTEMPTS
from models.training import measure
from models.training.building import Built
from models.training.examples import all_pairs
from models.training.material import Material
from models.training.measure import Measured
from models.training.settings import Settings
from models.types import Array, Embedder

BESIDE = ("mobilefacenet", "resnet")
"""What every trained network is compared with, where it is installed."""
_FEWEST_TO_CALIBRATE = 8  # people
_CHECKED = 8  # pictures


@dataclass(frozen=True, slots=True)
class Published:
    """What became of a run."""

    manifest: Trained
    folder: Path
    measured: Measured | None
    """None where no people were held out."""
    beside: Mapping[str, Measured]
    calibration: Path | None
    """None where there are too few people held out."""


def publish(
    settings: Settings,
    built: Built,
    held_out: Material | None,
    load: Callable[[str], Embedder],
    *,
    upright: bool,
    sample: Array,
    data: str,
) -> Published:
    """Converts and installs; `sample` (n, size, size, 3) RGB is what conversion is checked on.

    Raises ConversionError, ModelError.
    """
    content = converted(built.model(), sample)
    bare = _manifest(settings, built, content, upright=upright)
    embedder = trained_embedders.embedder_of(bare, content)
    measured, beside, embeddings = None, {}, None
    if held_out is not None:
        embeddings = held_out.embed(embedder)
        measured = measure.measure(embeddings, held_out.people, seed=settings.seed)
        beside = measured_beside(held_out, load, settings.seed)
    manifest = _manifest(
        settings, built, content, upright=upright, measured=measured, beside=beside,
        threshold=_threshold(embeddings, held_out),
    )  # fmt: skip
    folder = trained.write(manifest, content)
    made = None
    if embeddings is not None and held_out is not None:
        final = trained_embedders.embedder_of(manifest, content)
        made = _calibrated(final, Faces(embeddings, held_out.people), data, settings)
    return Published(manifest, folder, measured, beside, made)


def converted(model: Any, sample: Array) -> bytes:
    """The LiteRT network of a Keras model, which it reproduces on `sample`.

    Raises ConversionError.
    """
    content = tflite.convert(model)
    inputs = [picture[None] for picture in sample[:_CHECKED]]
    found = selfcheck.agreement(
        selfcheck.outputs(content, inputs), selfcheck.keras_outputs(model, inputs)
    )
    if not found.difference <= selfcheck.FLOAT_TOLERANCE:
        raise ConversionError(
            f"converted, the network differs from its source by {found.difference:.2g}",
            "nothing was installed",
        )
    return content


def measured_beside(
    held_out: Material, load: Callable[[str], Embedder], seed: int, names: Sequence[str] = BESIDE
) -> dict[str, Measured]:
    """What the zoo's embedders do on the same pictures, where they are installed."""
    found = {}
    for name in names:
        try:
            embedder = load(name)
        except FacelatchError:
            continue
        found[name] = measure.measure(held_out.embed(embedder), held_out.people, seed=seed)
    return found


def calibration(faces: Faces, embedder: Embedder, data: str, command: str) -> Calibration | None:
    """Of people held out, with the machinery that calibrates the zoo's embedders.

    None where there are fewer than eight people with four pictures, or their distances say nothing.
    Below thirty strangers the rates are extrapolated, and the calibration says so.
    """
    try:
        trials = turns.measure(faces, embedder.metric, fewest=_FEWEST_TO_CALIBRATE)
        measured = calibrate.lowest_measured(trials)
        knots, of_attempts = calibrate.rate_curve(trials.impostors, measured)
        log_far, llr = calibrate.of_visits(trials, knots, of_attempts)
        return Calibration(
            model_id=embedder.model_id,
            precision=embedder.precision,
            metric=embedder.metric,
            provenance=Provenance(
                "measured", data, int(np.unique(faces.people).size), len(faces.people),
                trials.genuine.size, trials.impostors.size, _today(), command, versions(),
            ),
            distances=knots,
            log_far=log_far,
            llr=llr,
            measured_far=min(ATTEMPTS * measured, 1.0),
        )  # fmt: skip
    except (FacelatchError, ValueError, IndexError):
        return None


def _calibrated(embedder: Embedder, faces: Faces, data: str, settings: Settings) -> Path | None:
    command = f"facelatch train DATA --tower {settings.tower} --loss {settings.loss}"
    made = calibration(faces, embedder, data, command)
    path = calibrations.user_path(embedder)
    if made is None:
        path.unlink(missing_ok=True)
        return None
    calibrations.save(made, path)
    return path


def _threshold(embeddings: Array | None, held_out: Material | None) -> float:
    """Where errors are equal on people held out; without them 0.7, near the middle."""
    if embeddings is None or held_out is None:
        return 0.7
    pairs = all_pairs(held_out.people)
    apart = measure.distances(embeddings)[pairs.first, pairs.second]
    return float(np.clip(measure.equal_error_threshold(apart, pairs.same), 1e-3, 2.0))


def _manifest(
    settings: Settings,
    built: Built,
    content: bytes,
    *,
    upright: bool,
    measured: Measured | None = None,
    beside: Mapping[str, Measured] | None = None,
    threshold: float = 0.7,
) -> Trained:
    return Trained(
        name=settings.name,
        tower=settings.tower,
        loss=settings.loss,
        base=built.base,
        size=built.size,
        upright=upright and not built.base,
        dimension=int(built.steps.network.tower.output_shape[-1]),
        threshold=threshold,
        sha256=hashlib.sha256(content).hexdigest(),
        bytes=len(content),
        people=measured.people if measured else 0,
        auc=measured.auc if measured else 0.0,
        eer=measured.eer if measured else 1.0,
        one_shot=measured.one_shot if measured else 0.0,
        ways=measured.ways if measured else 0,
        beside={name: one.auc for name, one in (beside or {}).items()},
        date=_today(),
        versions=versions("tensorflow", "keras"),
    )


def _today() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%d")
