"""Preparing: once, checked, whole or not at all. Tiny networks, the real converter."""

import threading
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.assets import prepared
from models.assets.catalogue import ModelSpec
from models.assets.catalogue import spec as catalogue_spec
from models.assets.runtime import Network
from models.convert import prepare as preparing
from models.convert import quantise as quantisation
from models.convert import tflite
from models.convert.prepare import describe, prepare
from models.convert.recipes import Recipe
from models.errors import ConversionError, ModelError, UsageError
from models.types import Array
from tests.models.fakes import download, model

SPEC = model(download("https://release.invalid/weights.bin"), networks=("embedder",))
INPUTS = [  # whole numbers, as pictures have
    np.random.default_rng(seed).integers(0, 256, (1, 8, 8, 3)).astype(np.float32)
    for seed in range(4)
]
for _chip in INPUTS:
    _chip[..., 1] = _chip[..., 0]


def network(kernel: Array, *, name: str = "tiny") -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import keras

        image = keras.Input(batch_shape=(1, 8, 8, 3))
        layer = keras.layers.Conv2D(4, 5, use_bias=False)
        tiny = keras.Model(image, layer(image), name=name)
        layer.set_weights([kernel])
        return tiny


KERNEL = np.random.default_rng(0).normal(size=(5, 5, 3, 4)).astype(np.float32)
# Two large weights that cancel out hide all others from a quantised network. In float32 its sums
# are exact in whatever order a processor takes them: 32nds, below 2 ** 24 of them.
UNQUANTISABLE = (np.round(32 * KERNEL) / 32).astype(np.float32)
UNQUANTISABLE[2, 2, 0], UNQUANTISABLE[2, 2, 1] = 512, -512


class Workshop:
    """A recipe that counts how often it is used."""

    def __init__(self, kernel: Array = KERNEL, *, quantise: bool = True) -> None:
        self.kernel = kernel
        self.used = 0
        self.before: Callable[[], object] = lambda: None
        self.recipe = Recipe(self._networks, lambda: {"embedder": INPUTS}, quantise)

    def _networks(self) -> dict[str, Any]:
        self.used += 1
        self.before()
        return {"embedder": network(self.kernel)}


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FACELATCH_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def workshop(monkeypatch: pytest.MonkeyPatch) -> Workshop:
    made = Workshop()
    monkeypatch.setattr(preparing, "recipe", lambda _: made.recipe)
    return made


def ready(spec: ModelSpec = SPEC, *, force: bool = False) -> tuple[prepared.Manifest, list[str]]:
    lines: list[str] = []
    return prepare(spec, force=force, progress=lines.append), lines


def run(precision: Any = None) -> Array:
    content = prepared.load_network(SPEC, "embedder", precision)
    return Network(content).run(INPUTS[0])[0]


def test_both_precisions_are_made_and_int8_runs(workshop: Workshop) -> None:
    manifest, lines = ready()
    assert manifest == prepared.read_manifest(SPEC)
    assert manifest.precision == "int8"
    assert set(manifest.networks["embedder"]) == {"float32", "int8"}
    assert manifest.check["embedder"]["int8_cosine"] >= 0.995
    expected = np.asarray(network(workshop.kernel)(INPUTS[0]))
    np.testing.assert_allclose(run("float32"), expected, rtol=1e-4, atol=1e-2)
    assert np.abs(run() - expected).max() > 1e-2
    assert lines[-1].endswith("converted, runs as int8")


def test_a_network_may_run_in_int8_beside_others_in_float32(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    spec = replace(SPEC, networks=("embedder", "other"), quantised=("other",))
    recipe = Recipe(
        lambda: {name: network(KERNEL) for name in spec.networks},
        lambda: dict.fromkeys(spec.networks, INPUTS),
        quantise=False,
    )
    monkeypatch.setattr(preparing, "recipe", lambda _: recipe)
    manifest, _ = ready(spec)
    assert manifest.precision == "float32"
    assert set(manifest.networks["embedder"]) == {"float32"}
    assert set(manifest.networks["other"]) == {"float32", "int8"}
    by_default = prepared.load_network(spec, "other")
    assert by_default == prepared.load_network(spec, "other", "int8")
    assert by_default != prepared.load_network(spec, "other", "float32")
    assert prepared.folder(spec) != prepared.folder(replace(spec, quantised=()))


def test_the_second_time_nothing_is_converted(workshop: Workshop) -> None:
    first, _ = ready()
    second, lines = ready()
    assert workshop.used == 1
    assert second == first
    assert len(lines) == 1
    assert "ready" in lines[0]


def test_force_converts_anew(workshop: Workshop) -> None:
    ready()
    workshop.kernel = 2 * KERNEL
    before = run("float32")
    ready(force=True)
    assert workshop.used == 2
    np.testing.assert_allclose(run("float32"), 2 * before, rtol=1e-5)


def flipped(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def shortened(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


@pytest.mark.parametrize(
    "file", ["embedder.float32.tflite", "embedder.int8.tflite", "manifest.json"]
)
@pytest.mark.parametrize("damage", [flipped, shortened, Path.unlink])
def test_what_is_damaged_is_made_anew(
    workshop: Workshop, file: str, damage: Callable[[Path], None]
) -> None:
    expected = ready()[0].networks
    damage(prepared.folder(SPEC) / file)
    manifest, _ = ready()
    assert workshop.used == 2
    assert manifest.networks["embedder"].keys() == expected["embedder"].keys()
    assert prepared.verify(SPEC) == manifest


def test_a_quantised_network_that_falls_short_is_not_installed(workshop: Workshop) -> None:
    workshop.kernel = UNQUANTISABLE
    manifest, lines = ready()
    assert manifest.precision == "float32"
    assert set(manifest.networks["embedder"]) == {"float32"}
    assert not list(prepared.folder(SPEC).glob("*int8*"))
    assert manifest.check["embedder"]["float32_difference"] == 0
    assert manifest.check["embedder"]["int8_cosine"] < 0.995
    assert "int8 refused: cosine" in lines[-1]
    assert "runs as float32" in describe(manifest)
    with pytest.raises(UsageError, match="no int8 network"):
        prepared.load_network(SPEC, "embedder", "int8")
    # Said again when it is only looked up.
    assert "int8 refused" in ready()[1][-1]


@pytest.mark.parametrize("broken", [b"no network", ConversionError("shared weights")])
def test_a_network_that_cannot_be_quantised_runs_in_float32(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch, broken: bytes | ConversionError
) -> None:
    def quantise(_: bytes) -> bytes:
        if isinstance(broken, bytes):
            return broken
        raise broken

    monkeypatch.setattr(quantisation, "quantise", quantise)
    manifest, lines = ready()
    assert workshop.used == 1
    assert manifest.precision == "float32"
    assert set(manifest.networks["embedder"]) == {"float32"}
    assert any("no int8 network of embedder" in line for line in lines)
    assert "int8 refused" in lines[-1]


def test_a_network_that_is_not_to_be_quantised_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    made = Workshop(quantise=False)
    monkeypatch.setattr(preparing, "recipe", lambda _: made.recipe)
    manifest, lines = ready()
    assert manifest.precision == "float32"
    assert set(manifest.networks["embedder"]) == {"float32"}
    assert "refused" not in " ".join(lines)


def test_a_conversion_that_differs_from_its_source_is_not_installed(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready()
    intact = run("float32")
    convert = tflite.convert
    monkeypatch.setattr(tflite, "convert", lambda _: convert(network(1.01 * KERNEL)))
    with pytest.raises(ConversionError, match="differs from its source"):
        ready(force=True)
    assert workshop.used == 2
    np.testing.assert_array_equal(run("float32"), intact)


def test_a_conversion_that_differs_leaves_nothing(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    convert = tflite.convert
    monkeypatch.setattr(tflite, "convert", lambda _: convert(network(1.01 * KERNEL)))
    with pytest.raises(ConversionError):
        ready()
    assert workshop.used == 1
    assert not prepared.folder(SPEC).exists()


def test_weights_that_are_not_finite_are_not_installed(workshop: Workshop) -> None:
    workshop.kernel = np.full_like(KERNEL, np.nan)
    with pytest.raises(ConversionError, match="differs from its source by inf"):
        ready()


def test_what_tensorflow_cannot_convert_is_said_in_one_line() -> None:
    with pytest.raises(ConversionError, match="TensorFlow cannot convert nothing"):
        tflite.convert(type("Nothing", (), {"name": "nothing"})())


def test_a_recipe_that_makes_other_networks_is_refused(workshop: Workshop) -> None:
    with pytest.raises(ConversionError, match="made embedder"):
        ready(replace(SPEC, networks=("pnet",)))
    assert workshop.used == 1


def test_what_an_interrupted_conversion_left_is_removed(workshop: Workshop) -> None:
    leftover = prepared.folder(SPEC).parent / f".{SPEC.name}-left"
    other = prepared.folder(SPEC).parent / ".another-left"
    for folder in leftover, other:
        folder.mkdir(parents=True)
        (folder / "half").write_bytes(b"half")
    ready()
    assert workshop.used == 1
    assert not leftover.exists()
    assert other.exists()


def test_two_at_once_convert_once(workshop: Workshop) -> None:
    converting, go_on = threading.Event(), threading.Event()

    def wait() -> None:
        converting.set()
        assert go_on.wait(60)

    workshop.before = wait
    first: list[Any] = []
    thread = threading.Thread(target=lambda: first.append(ready()))
    thread.start()
    assert converting.wait(60)
    lines: list[str] = []

    def hear(line: str) -> None:
        lines.append(line)
        go_on.set()

    manifest = prepare(SPEC, force=True, progress=hear)
    thread.join(60)
    assert workshop.used == 1
    assert manifest == first[0][0]
    assert "another process is converting it" in lines[0]


def test_a_model_that_runs_as_it_is_needs_no_conversion() -> None:
    with pytest.raises(UsageError, match="haar needs no conversion"):
        ready(catalogue_spec("haar"))


def test_a_cache_that_cannot_be_written_is_said(
    workshop: Workshop, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.write_text("a file where the cache belongs")
    monkeypatch.setenv("FACELATCH_CACHE", str(cache))
    with pytest.raises(ModelError, match="cannot write to"):
        ready()
    assert workshop.used == 0
