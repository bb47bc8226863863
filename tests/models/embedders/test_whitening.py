"""What all faces have in common, taken off: against float64, and files that are none."""

import base64
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.assets.catalogue import spec
from models.assets.weights import source_digest
from models.embedders import whitening
from models.embedders.spec import EMBEDDERS
from models.embedders.whitening import Whitening, from_json, to_json
from models.errors import CorruptModelError, ModelError

SIZE, ALONG = 12, 3
WHITENED = [name for name, one in EMBEDDERS.items() if one.whitened]


def made() -> Whitening:
    generator = np.random.default_rng(5)
    basis, _ = np.linalg.qr(generator.normal(size=(SIZE, SIZE)))
    mean = generator.normal(size=SIZE)
    gains = np.array([0.4, 0.6, 0.9])
    return Whitening(0.4 * mean / np.linalg.norm(mean), basis[:ALONG], gains, 1.1, 200)


def changed(**fields: Any) -> dict[str, Any]:
    return {**to_json(made(), {"data": "drawn"}), **fields}


def test_it_is_the_linear_map_in_float64() -> None:
    """The mean off, then the map with eigenvalue gains along the directions, rest across them."""
    one = made()
    across = np.eye(SIZE) - one.directions.T @ one.directions
    matrix = one.rest * across + one.directions.T @ np.diag(one.gains) @ one.directions
    faces = np.random.default_rng(6).normal(size=(20, SIZE)).astype(np.float32)
    expected = (faces.astype(np.float64) - one.mean) @ matrix
    np.testing.assert_allclose(one.of(faces), expected, atol=1e-6)
    np.testing.assert_allclose(one.of(faces[0]), expected[0], atol=1e-6)
    assert one.of(faces).dtype == np.float32


def test_a_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text(json.dumps(changed()))
    read, face = whitening.read(path, SIZE), np.full(SIZE, 0.3, np.float32)
    np.testing.assert_allclose(read.of(face), made().of(face), atol=1e-4)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{",
        "[" * 5_000,
        json.dumps(changed(format=2)),
        json.dumps(changed(more=1)),
        json.dumps(changed(provenance={"data": "a\nb"})),
        json.dumps(changed(people=99)),
        json.dumps(changed(people=True)),
        json.dumps(changed(rest=0.0)),
        json.dumps(changed(rest="1")),
        json.dumps(changed(gains=[0.4, 0.6])),
        json.dumps(changed(gains=[0.4, 0.6, -1.0])),
        json.dumps(changed(mean=[0.9] * SIZE)),
        json.dumps(changed(mean=[0.1] * (SIZE - 1))),
        json.dumps(changed(directions="")),
        json.dumps(changed(directions="!!!!")),
        json.dumps(changed(directions=to_json(made(), {})["directions"][:-8])),
        json.dumps(changed(directions=base64.b64encode(bytes(2 * SIZE * ALONG)).decode())),
        json.dumps(changed(mean=[float("nan")] * SIZE)),
        " " * 2_000_001,
    ],
)
def test_a_file_that_is_none_is_refused_in_one_line(tmp_path: Path, content: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(content)
    with pytest.raises(
        CorruptModelError, match=r"x\.json is absent, damaged or of another network"
    ):
        whitening.read(path, SIZE)


def test_a_whitening_of_another_network_or_none_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    with pytest.raises(CorruptModelError, match="install Facelatch again"):
        whitening.read(path, SIZE)
    path.write_text(json.dumps(changed()))
    with pytest.raises(CorruptModelError):
        whitening.read(path, SIZE + 1)
    with pytest.raises(ModelError):
        whitening.read(tmp_path, SIZE)


def test_values_out_of_bounds_make_none() -> None:
    with pytest.raises(ValueError, match="directions"):
        replace(made(), directions=np.ones((1, SIZE)), gains=np.array([1.0]))
    with pytest.raises(ValueError, match="people"):
        replace(made(), people=20)


@pytest.mark.parametrize("name", WHITENED)
def test_what_ships_is_of_the_weights_that_run(name: str) -> None:
    one = EMBEDDERS[name]
    assert one.normalised
    shipped = whitening.load(name, one.dimension)
    assert shipped.people >= 1_000
    raw = json.loads(whitening.shipped_path(name).read_text())
    assert raw["provenance"]["weights"] == source_digest(spec(name))[:16]
    assert from_json(raw).people == shipped.people


def test_facenet_ships_with_one() -> None:
    assert "facenet" in WHITENED
