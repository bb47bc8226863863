"""From faces to the zoo: one run of a tiny tower, and what stands there afterwards."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models import calibrations, zoo
from models.assets import trained
from models.embedders import trained_spec
from models.embedders.litert import NetworkEmbedder
from models.errors import ModelError, NotInstalledError, UsageError
from models.networks import siamese
from models.training import owner, run
from models.training.crops import CropSettings
from models.training.material import Face, Material
from models.training.run import Loaders, Outcome, Parts
from models.training.settings import Settings
from models.types import Embedder, Image
from tests.models.training import toys
from tests.models.training.test_loop import TINY
from tests.models.training.test_references import Patterns

SETTINGS = Settings(
    name="toy", tower="olivetti", loss="contrastive", margin=1.0, epochs=2, batch=16, augment=False
)


def material(first: int, people: int, each: int = 4) -> Material:
    faces = tuple(
        Face(lambda p=p, n=n: toys.picture(p, n), toys.LANDMARKS, f"{p}/{n}")  # type: ignore[misc]
        for p in range(first, first + people)
        for n in range(each)
    )
    return Material(faces, np.repeat(np.arange(people), each).astype(np.int32))


def none(name: str) -> Embedder:
    raise NotInstalledError(f"{name} is not here")


def no_network(name: str) -> NetworkEmbedder:
    raise NotInstalledError(f"{name} is not here")


LOADERS = Loaders(no_network, none)


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Outcome, Parts]]:
    from tensorflow.python.framework import config

    folder = tmp_path_factory.mktemp("run")
    parts = Parts(material(0, 4), material(4, 2), material(6, 10), CropSettings(), "toys")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FACELATCH_CACHE", str(folder / "cache"))
        patch.setitem(siamese.TOWERS, "olivetti", replace(TINY, size=32))
        run.make_folder(folder / "toy", resume=False, force=False)
        yield run.run(SETTINGS, parts, folder / "toy", LOADERS, lambda _e, _n: None), parts
    config.disable_op_determinism()


def test_the_network_stands_in_the_zoo(outcome: tuple[Outcome, Parts]) -> None:
    embedder = zoo.load_embedder("siamese:toy")
    assert (embedder.name, embedder.precision, embedder.metric) == (
        "siamese:toy",
        "float32",
        "euclidean",
    )
    assert embedder.model_id.startswith("siamese:toy:")
    face = outcome[1].train.faces[0]
    vector = embedder.embed(embedder.align(face.load(), face.landmarks))
    assert vector.shape == (siamese.DIMENSION,)
    assert np.linalg.norm(vector) == pytest.approx(1.0, abs=1e-5)
    assert calibrations.load(embedder).model_id == embedder.model_id
    assert zoo.resolve_embedder("siamese:toy") == "siamese:toy"
    with pytest.raises(UsageError, match="float32 only"):
        zoo.load_embedder("siamese:toy", precision="int8")


def test_the_run_tells_everything_that_is_needed_to_judge_it(
    outcome: tuple[Outcome, Parts],
) -> None:
    made, _ = outcome
    told = json.loads((made.folder / "run.json").read_text())
    assert told["settings"] == SETTINGS.as_json()
    assert told["faces"] == {"train": 16, "validation": 8, "test": 40}
    assert told["measured"]["people"] == 10
    assert len((made.folder / "history.csv").read_text().splitlines()) == 3
    for plot in ("training.png", "distances.png"):
        assert (made.folder / plot).read_bytes().startswith(b"\x89PNG")
    lines = run.summary(SETTINGS, made)
    assert lines[0].startswith("siamese:toy: 2 epochs")
    assert "10 people never seen, 60 genuine and 720 impostor pairs" in lines[1]


def test_a_weak_network_may_not_unlock(outcome: tuple[Outcome, Parts]) -> None:
    manifest, content = trained.load("siamese:toy")
    trained.write(replace(manifest, auc=0.9), content)
    with pytest.raises(ModelError, match="too weak to unlock"):
        trained_spec.check_strength("siamese:toy")
    trained.write(replace(manifest, auc=0.999), content)
    trained_spec.check_strength("siamese:toy")
    trained_spec.check_strength("mobilefacenet")
    trained.write(manifest, content)
    assert outcome[0].published.manifest == manifest


def test_another_run_is_not_overwritten(outcome: tuple[Outcome, Parts]) -> None:
    with pytest.raises(UsageError, match="holds a run"):
        run.make_folder(outcome[0].folder, resume=False, force=False)
    run.make_folder(outcome[0].folder, resume=True, force=False)


def test_an_owner_and_others_are_read_from_pictures_or_folders_of_them(tmp_path: Path) -> None:
    for name in ("me/1.png", "me/2.png", "others/a/1.png", "others/b/2.png", "others/c.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()

    def read(path: Path) -> Image:
        dark = path.name == "c.png"
        return np.zeros((240, 240, 3), np.uint8) if dark else toys.picture(0, 0)

    me, others, left_out = owner.read(tmp_path / "me", tmp_path / "others", toys.OneFace(), read)
    assert (len(me), len(others), left_out) == (2, 2, ("c.png",))
    parts = owner.parts(me, others, None)
    assert parts.train.people.tolist() == [0, 0, 1, 1]
    assert parts.triplets is not None
    assert len(parts.triplets.anchor) == 2 * 1 * 2
    with pytest.raises(UsageError, match="two of the owner"):
        owner.read(tmp_path / "others" / "a", tmp_path / "me", toys.OneFace(), read)


def test_further_pictures_beyond_a_stranger_are_counted() -> None:
    me, further = material(0, 1), material(0, 1, 6)
    found = owner.check(Patterns(), me, further, material(1, 3))
    assert (found.further, found.strangers, found.beyond) == (6, 12, 0)
    assert found.farthest < found.nearest_stranger
    # Another pattern taken for the owner's further pictures: the owner's own are nearer.
    assert owner.check(Patterns(), me, material(1, 1), further).beyond == 4
    with pytest.raises(UsageError, match="further pictures"):
        owner.check(Patterns(), me, further, Material((), np.zeros(0, np.int32)))
