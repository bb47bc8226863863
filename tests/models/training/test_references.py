"""Who of some people a picture is nearest to, from files a person puts into a folder."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from daemon.sources.pictures import read_picture
from models.errors import UsageError
from models.training import prediction_plot, references
from models.training.references import Ranked
from models.types import Embedding, Image, Landmarks, Metric, Precision
from tests.models.training import toys


class Patterns:
    """An embedder that sees the middle of a picture."""

    name = model_id = "patterns"
    precision: Precision = "float32"
    metric: Metric = "euclidean"
    threshold = 0.5

    def align(self, image: Image, _landmarks: Landmarks) -> tuple[Image, ...]:
        return (np.ascontiguousarray(image[60:180:4, 60:180:4]),)

    def embed(self, chips: Sequence[Image]) -> Embedding:
        vector = chips[0].mean(axis=2).ravel().astype(np.float32) - 128
        return np.asarray(vector / np.linalg.norm(vector), dtype=np.float32)


def save(path: Path, image: Image) -> None:
    import cv2

    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), image)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for person in (0, 1):
        save(tmp_path / f"p{person}.png", toys.picture(person, 0))
    save(tmp_path / "p2" / "a.png", toys.picture(2, 0))
    save(tmp_path / "p2" / "b.png", toys.picture(5, 0))
    save(tmp_path / "dark.png", np.zeros((240, 240, 3), np.uint8))
    (tmp_path / "broken.jpg").write_text("no picture")
    (tmp_path / "notes.txt").write_text("x")
    return tmp_path


def test_the_nearest_picture_of_each_person_counts(folder: Path) -> None:
    people, left_out = references.read_references(folder, toys.OneFace(), Patterns(), read_picture)
    assert [(one.name, len(one.embeddings)) for one in people] == [("p0", 1), ("p1", 1), ("p2", 2)]
    assert set(left_out) == {"broken.jpg", "dark.png"}
    for shown, named in ((0, "p0"), (1, "p1"), (2, "p2"), (5, "p2")):
        face = references.embed_face(toys.picture(shown, 1), toys.OneFace(), Patterns())
        assert face is not None
        order = references.ranked(face.embedding, people, "euclidean")
        assert order[0].name == named
        assert [one.distance for one in order] == sorted(one.distance for one in order)


def test_distances_by_hand() -> None:
    one, other = np.array([1, 0], np.float32), np.array([0, 1], np.float32)
    assert references.distance(one, other, "euclidean") == pytest.approx(2**0.5)
    assert references.distance(one, other, "cosine") == pytest.approx(1.0)
    assert references.distance(one, one, "cosine") == pytest.approx(0.0)


def test_nobody_is_said(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none"):
        with pytest.raises(UsageError):
            references.read_references(path, toys.OneFace(), Patterns(), read_picture)


def test_the_plot_is_drawn(tmp_path: Path) -> None:
    people = [Ranked("a", 0.2), Ranked("b", 1.1)]
    prediction_plot.plot(tmp_path / "p.png", toys.picture(0, 0), people, 0.5, "title")
    assert (tmp_path / "p.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(UsageError):
        prediction_plot.plot(tmp_path / "p.txt", toys.picture(0, 0), people, 0.5, "title")
