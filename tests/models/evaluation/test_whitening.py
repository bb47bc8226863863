"""A whitening learnt from drawn people, and what it does to them."""

from pathlib import Path

import numpy as np
import pytest

from models.embedders import whitening as files
from models.errors import ModelError
from models.evaluation import whitening
from models.evaluation.metrics import Numbers
from models.evaluation.whitening import Looks
from models.types import Array

PEOPLE, PICTURES, SIZE = 240, 4, 24


def drawn() -> tuple[Array, Numbers]:
    """Faces seen twice, all to one side, people apart along a few directions most."""
    generator = np.random.default_rng(8)
    widths = np.geomspace(1.0, 0.05, SIZE)
    people = generator.normal(size=(PEOPLE, 1, 1, SIZE)) * widths
    noise = generator.normal(size=(PEOPLE, PICTURES, 2, SIZE)) * 0.35
    rows = people + noise + np.full(SIZE, 1.2)
    rows /= np.linalg.norm(rows, axis=-1, keepdims=True)
    looks = rows.reshape(-1, 2, SIZE).astype(np.float32)
    return looks, np.repeat(np.arange(PEOPLE), PICTURES).astype(np.int32)


def means(rows: Array, person: Numbers) -> Array:
    return np.stack([rows[person == one].mean(axis=0) for one in range(PEOPLE)])


def test_the_mean_over_people_is_nothing_afterwards() -> None:
    looks, person = drawn()
    made = whitening.learn(Looks(looks, person, {}))
    assert made.people == PEOPLE
    left = means(made.of(looks).mean(axis=1), person).mean(axis=0)
    assert np.abs(left).max() < 1e-6
    assert np.linalg.norm(means(looks.mean(axis=1), person).mean(axis=0)) > 0.5


def test_everybody_counts_once() -> None:
    looks, person = drawn()
    more = np.concatenate([np.arange(len(person)), np.repeat(np.flatnonzero(person == 7), 50)])
    one, other = (
        whitening.learn(Looks(looks, person, {})),
        whitening.learn(Looks(looks[more], person[more], {})),
    )
    np.testing.assert_allclose(one.mean, other.mean, atol=1e-7)
    np.testing.assert_allclose(one.gains, other.gains, atol=1e-6)


def test_a_part_of_the_spread_is_evened_out() -> None:
    """Each variance v of people's means, in means of all, is divided by share v + 1 - share."""
    looks, person = drawn()
    made = whitening.learn(Looks(looks, person, {}))
    before = np.cov(means(looks.mean(axis=1), person).T)
    before /= np.trace(before) / SIZE
    along = np.einsum("ij,jk,ik->i", made.directions, before, made.directions)
    share = whitening.SHARE
    np.testing.assert_allclose(made.gains, (share * along + 1 - share) ** -0.5, atol=1e-5)
    assert made.gains.max() < made.rest


def test_learnt_on_others_it_tells_people_apart_better() -> None:
    looks, person = drawn()
    half = (person % 2).astype(np.int32)
    printed = list(whitening.lines(Looks(looks, person, {}), half, person >= 0))
    assert len(printed) == 5
    plain, learnt = (
        [float(line.split()[-2]) for line in printed[1:] if name in line]
        for name in ("as the network answers", "learnt on the other")
    )
    assert sum(learnt) < sum(plain)


def test_each_rare_group_counts_as_a_tenth() -> None:
    people = np.random.default_rng(3).normal(size=(40, 5))
    groups = ["far"] * 8 + ["few"] * 3 + [""] * 29
    weights = whitening.weights_of(people, groups)
    assert weights.sum() == pytest.approx(1.0)
    assert weights[11:].sum() == pytest.approx(0.8)
    # Three are filled up to eight with five of the other group.
    assert weights[8:11].sum() == pytest.approx(0.1 * 3 / 8)
    assert (weights > 0).all()
    alone = whitening.weights_of(people, [*["few"] * 3, *[""] * 37])
    assert (alone[:3] == 0).all()
    np.testing.assert_allclose(alone[3:], 1 / 37)


def test_a_rare_group_is_less_to_one_side() -> None:
    looks, person = drawn()
    looks = looks.copy()
    looks[person < 8] += np.float32(0.3) * np.eye(SIZE, dtype=np.float32)[2]
    looks /= np.linalg.norm(looks, axis=-1, keepdims=True)
    sides = []
    for groups in ({}, dict.fromkeys(range(8), "far")):
        rows = whitening.seen(looks, whitening.learn(Looks(looks, person, groups)))
        sides.append(np.linalg.norm(rows[person < 8].mean(axis=0)))
    assert sides[1] < 0.95 * sides[0]


def test_an_embedding_has_length_one_either_way() -> None:
    looks, person = drawn()
    for made in (None, whitening.learn(Looks(looks, person, {}))):
        lengths = np.linalg.norm(whitening.seen(looks, made), axis=1)
        np.testing.assert_allclose(lengths, 1.0, atol=1e-6)


def test_too_few_people_make_none() -> None:
    looks, person = drawn()
    with pytest.raises(ValueError, match="people"):
        whitening.learn(Looks(looks, person, {}).only(person < 50))


def test_what_is_written_is_what_is_read(tmp_path: Path) -> None:
    looks, person = drawn()
    made = whitening.learn(Looks(looks, person, {}))
    path = whitening.write(made, "facenet", tmp_path, {"data": "drawn people"})
    assert path == tmp_path / files.shipped_path("facenet").name
    read = files.read(path, SIZE)
    np.testing.assert_allclose(read.of(looks), made.of(looks), atol=1e-4)
    with pytest.raises(ModelError, match="cannot write"):
        whitening.write(made, "facenet", tmp_path / "absent", {"data": "drawn people"})
