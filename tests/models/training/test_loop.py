"""Training of a tiny tower: it learns, the seed decides all, what was interrupted goes on."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.errors import UsageError
from models.networks import siamese
from models.training import building
from models.training.checkpoint import Checkpoint
from models.training.crops import CropSettings
from models.training.examples import owner_triplets
from models.training.loop import Epoch, Training
from models.training.settings import Loss, Settings
from models.training.steps import Network, Steps
from models.training.views import CropViews, augmented
from tests.models.training import toys


@pytest.fixture(autouse=True, scope="module")
def _random_again_afterwards() -> Iterator[None]:
    """Other tests of this process may draw without a seed, which determinism refuses. Steps run
    uncompiled here: compiling takes longer than they do.
    """
    import tensorflow as tf
    from tensorflow.python.framework import config

    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)
    config.disable_op_determinism()


TINY = siamese.Plain("tiny", 16, (4, 8), dropout=0.2, normalised=False)
PEOPLE, EACH = 6, 4


def settings(loss: Loss = "bce", *, epochs: int = 4, **other: Any) -> Settings:
    chosen: dict[str, Any] = {"margin": {"bce": 0.0, "contrastive": 1.0, "triplet": 0.2}[loss]}
    chosen |= {"name": "toy", "tower": "olivetti", "epochs": epochs, "batch": 16, **other}
    return Settings(loss=loss, **chosen)


def views(first: int = 0, people: int = PEOPLE) -> CropViews:
    images = [toys.picture(first + p, n)[:64, :64] for p in range(people) for n in range(EACH)]
    return CropViews(images, np.repeat(np.arange(people), EACH).astype(np.int32), TINY.size)


def training(chosen: Settings, **other: Any) -> Training:
    building.start(chosen, threads=1)
    network = Network(siamese.plain(TINY, dimension=8), chosen)
    return Training(chosen, Steps(network, 0.01), views(), views(PEOPLE, 3), **other)


def run(
    chosen: Settings, folder: Path, *, resume: bool = False, stop_after: int | None = None
) -> tuple[Training, list[Epoch]]:
    made = training(chosen)
    seen: list[Epoch] = []

    def report(done: Epoch, _most: int) -> None:
        seen.append(done)
        if stop_after == done.epoch - 1:
            raise KeyboardInterrupt

    try:
        made.run(Checkpoint(folder / "checkpoint.npz"), report, resume=resume)
    except KeyboardInterrupt:
        assert stop_after is not None
    return made, seen


@pytest.mark.parametrize("loss", ["bce", "contrastive", "triplet"])
def test_it_learns_with_each_loss(loss: Loss, tmp_path: Path) -> None:
    made, seen = run(settings(loss, epochs=8, patience=0, triplets="random"), tmp_path)
    assert min(one.loss for one in seen[4:]) < seen[0].loss
    auc = [one.validation_auc or 0.0 for one in seen]
    lately = [float(np.mean(auc[max(at - 4, 0) : at + 1])) for at in range(len(auc))]
    assert made.progress.best_score[0] == pytest.approx(max(lately))
    lengths = np.linalg.norm(made.embeddings(views()), axis=1)
    assert lengths == pytest.approx(1.0, abs=1e-5)


def test_the_same_seed_trains_the_same_network_and_resuming_changes_nothing(
    tmp_path: Path,
) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    whole, seen = run(settings(), tmp_path / "a")
    run(settings(), tmp_path / "b", stop_after=2)
    resumed, rest = run(settings(), tmp_path / "b", resume=True)
    assert [one.epoch for one in rest] == [3, 4]
    losses = [one.loss for one in whole.progress.epochs]
    assert [one.loss for one in resumed.progress.epochs] == pytest.approx(losses, abs=1e-4)
    assert resumed.embeddings(views()) == pytest.approx(whole.embeddings(views()), abs=1e-4)
    assert [one.loss for one in seen] == losses


def test_another_seed_trains_another(tmp_path: Path) -> None:
    one, _ = run(settings(epochs=1), tmp_path)
    other, _ = run(settings(epochs=1, seed=1), tmp_path)
    assert np.abs(one.embeddings(views()) - other.embeddings(views())).max() > 1e-2


def test_a_run_of_other_settings_is_not_resumed(tmp_path: Path) -> None:
    run(settings(epochs=1), tmp_path)
    with pytest.raises(UsageError, match=r"seed 0, not 5|loss 'bce'"):
        run(settings(epochs=1, seed=5), tmp_path, resume=True)
    with pytest.raises(UsageError, match="nothing to resume"):
        run(settings(), tmp_path / "none", resume=True)
    (tmp_path / "checkpoint.npz").write_bytes(b"PK\x03\x04 and then something else")
    with pytest.raises(UsageError, match="damaged"):
        run(settings(epochs=1), tmp_path, resume=True)


def test_it_stops_when_people_held_out_gain_nothing(tmp_path: Path) -> None:
    made, seen = run(settings(epochs=60, patience=2, rate=1e-3), tmp_path)
    assert len(seen) == made.progress.best_epoch + 2 or len(seen) == 60


def test_an_owner_is_trained_until_nothing_is_left_to_learn(tmp_path: Path) -> None:
    chosen = settings("triplet", epochs=50, patience=2, margin=-1.0)
    building.start(chosen, threads=1)
    steps = Steps(Network(siamese.plain(TINY, dimension=8), chosen), 0.01)
    rows = np.arange(PEOPLE * EACH, dtype=np.int32)
    made = Training(chosen, steps, views(), None, fixed=owner_triplets(rows[:2], rows[2:7]))
    progress = made.run(Checkpoint(tmp_path / "c.npz"), lambda _e, _n: None, resume=False)
    # A margin of -1 is met unless a stranger is nearer by a whole unit of squared distance.
    assert 2 <= len(progress.epochs) < 50
    assert progress.epochs[-1].loss == 0.0


def test_augmentation_keeps_the_shape_and_changes_the_picture() -> None:
    image = toys.picture(0, 0)[:64, :64]
    rng = np.random.default_rng(0)
    one, other = augmented(image, rng), augmented(image, rng)
    assert one.shape == image.shape
    assert one.dtype == np.uint8
    assert (one != other).any()


def test_a_head_begins_as_the_identity_and_a_based_tower_freezes_its_base() -> None:
    keras = pytest.importorskip("keras")
    vector = np.random.default_rng(0).normal(size=(3, 5)).astype(np.float32)
    assert np.asarray(siamese.head(5)(vector)) == pytest.approx(vector)
    image = keras.Input(batch_shape=(1, 8, 8, 3))
    hidden = keras.layers.Conv2D(2, 3, name="early")(image)
    base = keras.Model(image, keras.layers.Conv2D(2, 3, name="late")(hidden))
    opened = siamese.opened(base, siamese.Based("toy", "toy", "late"))
    assert [v.path.split("/")[0] for v in opened.trainable_variables] == ["late", "late"]
    two = np.ones((2, 8, 8, 3), np.float32)
    assert np.asarray(opened(two))[0] == pytest.approx(np.asarray(base(two[:1]))[0], abs=1e-6)


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "../x"},
        {"tower": "none"},
        {"margin": 3.0},
        {"epochs": 0},
        {"batch": 1},
        {"rate": 0.0},
        {"seed": -1},
    ],
)
def test_settings_out_of_bounds_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        settings(**wrong)


def test_crops_out_of_bounds_are_refused() -> None:
    with pytest.raises(UsageError):
        CropSettings(size=10)
