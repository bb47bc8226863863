"""Epochs, early stopping, resuming. What an epoch draws depends on seed and epoch alone."""

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from models.training import measure
from models.training.checkpoint import Checkpoint
from models.training.examples import Pairs, Rows, Triplets, balanced_pairs, batches, epoch_pairs
from models.training.prepare import draw_triplets
from models.training.settings import Settings
from models.training.steps import Steps
from models.training.views import Views
from models.types import Array

_LOOKED_AT_ONCE = 64
_SMOOTHED = 5  # epochs whose AUC is averaged to tell the best
_SETTLED = 1e-6  # a loss below is none


@dataclass(frozen=True, slots=True)
class Epoch:
    """Figures of one epoch; those of validation are None without people held out for it."""

    epoch: int
    loss: float
    accuracy: float
    validation_loss: float | None
    validation_accuracy: float | None
    validation_auc: float | None
    seconds: float


Report = Callable[[Epoch, int], None]
"""Takes the epoch done and how many there may be."""


@dataclass(slots=True)
class Progress:
    """How far a run has come."""

    epochs: list[Epoch] = field(default_factory=list)
    best_epoch: int = 0
    best_score: tuple[float, float] = (-1.0, 0.0)
    best: list[Array] = field(default_factory=list)
    """The network's variables after `best_epoch`."""


class Training:
    """One run. Without `validation` it ends when nothing is left to learn, or at the last epoch.

    `fixed` are triplets to train on in place of those drawn anew in each epoch.
    """

    def __init__(
        self,
        settings: Settings,
        steps: Steps,
        views: Views,
        validation: Views | None,
        *,
        fixed: Triplets | None = None,
    ) -> None:
        self._settings = settings
        self._steps = steps
        self._views = views
        self._validation = validation
        self._fixed = fixed
        self.progress = Progress()

    def run(self, checkpoint: Checkpoint, report: Report, *, resume: bool) -> Progress:
        """Trains from the start, or from the checkpoint; the best variables are in the network
        afterwards. Raises UsageError where there is nothing to resume.
        """
        if resume:
            self._restore(checkpoint)
        settings = self._settings
        while len(self.progress.epochs) < settings.epochs and not self._ended():
            report(self._epoch(len(self.progress.epochs) + 1), settings.epochs)
            self._save(checkpoint)
        for variable, value in zip(self._steps.network.variables, self.progress.best, strict=True):
            variable.assign(value)
        return self.progress

    def embeddings(self, views: Views) -> Array:
        """Directions of every picture as it is, (n, d)."""
        rows = np.arange(views.people.size, dtype=np.int32)
        parts = [
            np.asarray(self._steps.embed(views.plain(rows[part])))
            for part in batches(rows.size, _LOOKED_AT_ONCE)
        ]
        return np.concatenate(parts)

    def _ended(self) -> bool:
        done, patience = self.progress.epochs, self._settings.patience
        if not done or not patience:
            return False
        if self._validation is None:
            last = done[-patience:]
            return len(last) == patience and all(one.loss < _SETTLED for one in last)
        return len(done) - self.progress.best_epoch >= patience

    def _epoch(self, number: int) -> Epoch:
        began = time.perf_counter()
        rng = np.random.default_rng([self._settings.seed, number])
        learnt = [
            (*self._steps.learn(pictures, same), same.size)
            for pictures, same in self._batches(self._views, self._examples(rng), rng)
        ]
        loss, accuracy = _means(learnt)
        seen = self._look()
        done = Epoch(number, loss, accuracy, *seen, seconds=time.perf_counter() - began)
        self._keep(done)
        return done

    def _keep(self, done: Epoch) -> None:
        progress = self.progress
        progress.epochs.append(done)
        # Few people are held out: one epoch's figure is luck.
        lately = [one.validation_auc or 0.0 for one in progress.epochs[-_SMOOTHED:]]
        score = (sum(lately) / len(lately), -(done.validation_loss or done.loss))
        if self._validation is None or score > progress.best_score:
            progress.best_epoch, progress.best_score = done.epoch, score
            progress.best = [variable.numpy() for variable in self._steps.network.variables]

    def _examples(self, rng: np.random.Generator) -> Pairs | Triplets:
        people, settings = self._views.people, self._settings
        if settings.loss != "triplet":
            return epoch_pairs(people, rng)
        if self._fixed is not None:
            order = rng.permutation(self._fixed.anchor.size)
            fixed = self._fixed
            return Triplets(fixed.anchor[order], fixed.positive[order], fixed.negative[order])
        return draw_triplets(
            settings.triplets,
            people,
            lambda: self.embeddings(self._views),
            rng,
            margin=max(settings.margin, 0.05),
        )

    def _batches(
        self, views: Views, drawn: Pairs | Triplets, rng: np.random.Generator | None
    ) -> Iterator[tuple[Array, Array]]:
        """Pictures, the first of each example first, and who is the same; `rng` None: unchanged."""
        columns, same = _columns(drawn)
        size = self._settings.batch
        for part in batches(same.size, size):
            rows = np.concatenate([column[part] for column in columns])
            if rng is None or not self._settings.augment:
                yield views.plain(rows), same[part]
            else:
                yield views.changed(rows, rng), same[part]

    def _look(self) -> tuple[float | None, float | None, float | None]:
        if self._validation is None:
            return None, None, None
        rng = np.random.default_rng(self._settings.seed)  # the same examples every time
        people = self._validation.people
        drawn: Pairs | Triplets
        if self._settings.loss == "triplet":
            drawn = draw_triplets("random", people, lambda: None, rng)
        else:
            drawn = balanced_pairs(people, rng)
        looked = [
            (*self._steps.look(pictures, same), same.size)
            for pictures, same in self._batches(self._validation, drawn, None)
        ]
        found = measure.measure(self.embeddings(self._validation), people, seed=0)
        return (*_means(looked), found.auc)

    def _save(self, checkpoint: Checkpoint) -> None:
        progress = self.progress
        checkpoint.save(
            [variable.numpy() for variable in self._steps.variables],
            progress.best,
            {
                "settings": self._settings.as_json(),
                "epochs": [asdict(one) for one in progress.epochs],
                "best_epoch": progress.best_epoch,
                "best_score": list(progress.best_score),
            },
        )

    def _restore(self, checkpoint: Checkpoint) -> None:
        variables, best, told = checkpoint.load(self._settings.as_json())
        for variable, value in zip(self._steps.variables, variables, strict=True):
            variable.assign(value)
        self.progress = Progress(
            epochs=[Epoch(**one) for one in told["epochs"]],
            best_epoch=told["best_epoch"],
            best_score=(told["best_score"][0], told["best_score"][1]),
            best=best,
        )


def _columns(drawn: Pairs | Triplets) -> tuple[list[Rows], Array]:
    if isinstance(drawn, Pairs):
        return [drawn.first, drawn.second], drawn.same.astype(np.float32)
    columns = [drawn.anchor, drawn.positive, drawn.negative]
    return columns, np.ones(drawn.anchor.size, dtype=np.float32)


def _means(parts: list[tuple[Any, Any, int]]) -> tuple[float, float]:
    weights = np.array([size for _, _, size in parts], dtype=np.float64)
    loss, right = (np.array([float(part[i]) for part in parts]) for i in (0, 1))
    return float(loss @ weights / weights.sum()), float(right @ weights / weights.sum())
