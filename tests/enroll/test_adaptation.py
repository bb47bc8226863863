"""What an appearance may learn from a visit, and above all what it may not."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enroll.adaptation import CERTAIN, CONFIRMED, LARGEST_SHIFT, Probe, Verdict, Visit, decide
from enroll.template import MOST_ADAPTED, Adapted, Appearance, Person
from models.pose import Pose
from models.scoring.matching import distances
from models.types import Array, Embedding, Metric

MODEL = "fake:0"
ENROLLED = "2025-03-01T12:00:00Z"
TODAY = "2025-04-01T08:00:00Z"
FRONT = Pose(2.0, -3.0, 1.0)
DIMENSION = 64
METRICS: tuple[Metric, ...] = ("euclidean", "cosine")
THRESHOLD = 0.5


def unit(*values: float) -> Embedding:
    """A direction with these first components."""
    row = np.zeros(DIMENSION, dtype=np.float32)
    row[: len(values)] = values
    return np.asarray(row / np.linalg.norm(row), dtype=np.float32)


def at(distance: float, metric: Metric, axis: int = 1) -> Embedding:
    """A direction at this distance from the first axis, towards another one."""
    cosine = 1.0 - distance if metric == "cosine" else 1.0 - distance**2 / 2
    row = np.zeros(DIMENSION, dtype=np.float32)
    row[0], row[axis] = cosine, np.sqrt(max(1.0 - cosine**2, 0.0))
    return row


def enrolled(metric: Metric = "euclidean", rows: Array | None = None) -> Appearance:
    rows = np.stack([unit(1.0)] * 4) if rows is None else rows
    return Appearance("default", ENROLLED, MODEL, metric, rows)


def visit(embedding: Embedding, **changes: Any) -> Visit:
    sure = Visit(
        appearance="default",
        created=ENROLLED,
        model_id=MODEL,
        threshold=THRESHOLD,
        frames=10,
        farthest=0.2,
        others=0,
        best=Probe(embedding, 0.9, FRONT),
    )
    return replace(sure, **changes)


def decided(
    appearance: Appearance, seen: Visit, *, confirmed: bool = False, now: str = TODAY
) -> Verdict:
    return decide(appearance, seen, now=now, confirmed=confirmed)


@pytest.mark.parametrize("metric", METRICS)
def test_a_certain_visit_is_learnt_from(metric: Metric) -> None:
    appearance = enrolled(metric)
    near = at(0.05, metric)
    learnt = decided(appearance, visit(near)).appearance
    assert learnt is not None
    assert learnt.adapted == (Adapted(TODAY, near),)
    assert np.array_equal(learnt.embeddings, appearance.embeddings)
    to_before = distances(near, appearance.template[None], metric)[0]
    assert distances(near, learnt.template[None], metric)[0] < to_before


def test_a_learnt_appearance_is_as_enrolled_again_without_what_it_learnt() -> None:
    appearance = enrolled()
    learnt = decided(appearance, visit(at(0.1, "euclidean"))).appearance
    assert learnt is not None
    assert learnt != appearance
    assert Person("ada", (learnt,)).reverted() == Person("ada", (appearance,))
    assert Person("ada", (learnt,)).reverted("other") == Person("ada", (learnt,))


DOUBTS = {
    "not every frame was certain": {"farthest": CERTAIN * THRESHOLD + 0.01},
    "too few frames": {"frames": 2},
    "somebody else was in the picture": {"others": 1},
    "the appearance is another one by now": {"created": "2025-03-02T12:00:00Z"},
    "no picture was good enough": {"best": Probe(unit(1.0), 0.69, FRONT)},
    "the head was turned": {"best": Probe(unit(1.0), 0.9, Pose(26.0, 0.0, 0.0))},
}


@pytest.mark.parametrize(("reason", "change"), DOUBTS.items())
def test_a_doubt_is_not_learnt_from(reason: str, change: dict[str, Any]) -> None:
    assert decided(enrolled(), visit(unit(1.0), **change)) == Verdict(None, reason)


@pytest.mark.parametrize(
    "change",
    [
        {"farthest": float("nan")},
        {"threshold": float("nan")},
        {"best": Probe(unit(1.0), float("nan"), FRONT)},
        {"best": Probe(unit(1.0), 0.9, Pose(0.0, float("nan"), 0.0))},
        {"best": Probe(unit(1.0), 0.9, Pose(0.0, 0.0, float("nan")))},
        {"best": Probe(np.full(DIMENSION, np.nan, np.float32), 0.9, FRONT)},
        {"best": Probe(np.ones(2 * DIMENSION, np.float32), 0.9, FRONT)},
        {"appearance": "glasses"},
        {"model_id": "other:0"},
    ],
)
def test_what_is_no_number_or_another_appearance_is_not_learnt_from(
    change: dict[str, Any],
) -> None:
    assert decided(enrolled(), visit(unit(1.0), **change)).appearance is None


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize(
    ("apart", "added", "learns"),
    [
        (0.2, 0.0, True),
        (0.2, 0.05, True),
        (0.2, 0.15, False),
        (0.35, -0.2, False),
        (0.2, float("nan"), False),
        (0.2, float("inf"), False),
    ],
)
def test_what_groups_add_to_a_distance_counts_and_what_they_take_off_does_not(
    metric: Metric, apart: float, added: float, learns: bool
) -> None:
    verdict = decided(enrolled(metric), visit(at(apart, metric), added=added))
    assert (verdict.appearance is not None) == learns
    assert verdict.reason == ("" if learns else "too far from what was enrolled")


def test_the_password_lets_a_little_more_be_learnt_but_not_a_doubtful_visit() -> None:
    share = (CERTAIN + CONFIRMED) / 2
    between = visit(at(0.05, "euclidean"), farthest=share * THRESHOLD)
    assert decided(enrolled(), between).appearance is None
    assert decided(enrolled(), between, confirmed=True).appearance is not None
    beyond = replace(between, farthest=(CONFIRMED + 0.01) * THRESHOLD)
    assert decided(enrolled(), beyond, confirmed=True).appearance is None


def test_one_a_day_and_none_on_the_day_of_the_enrolment() -> None:
    seen = visit(at(0.05, "euclidean"))
    assert decided(enrolled(), seen, now="2025-03-01T23:59:59Z").appearance is None
    learnt = decided(enrolled(), seen).appearance
    assert learnt is not None
    assert decided(learnt, seen, now="2025-04-01T23:59:59Z").appearance is None
    assert decided(learnt, seen, now="2025-04-02T00:00:00Z").appearance is not None


def test_a_clock_that_goes_back_gives_no_second_chance() -> None:
    seen = visit(at(0.05, "euclidean"))
    learnt = decided(enrolled(), seen, now="2031-01-01T00:00:00Z").appearance
    assert learnt is not None
    assert decided(learnt, seen, now=TODAY).appearance is None


@pytest.mark.parametrize("most", [1, 3, MOST_ADAPTED])
def test_what_an_appearance_learns_is_bounded_the_oldest_goes(most: int) -> None:
    appearance = enrolled()
    for day in range(1, 21):
        seen = visit(at(0.02, "euclidean", axis=day))
        verdict = decide(
            appearance, seen, now=f"2025-05-{day:02}T08:00:00Z", confirmed=False, most=most
        )
        assert verdict.appearance is not None
        appearance = verdict.appearance
        assert len(appearance.adapted) == min(day, most)
    assert appearance.adapted[-1].created == "2025-05-20T08:00:00Z"
    assert [one.created for one in appearance.adapted] == sorted(
        one.created for one in appearance.adapted
    )


@pytest.mark.parametrize("metric", METRICS)
def test_what_is_near_somebody_else_is_not_learnt(metric: Metric) -> None:
    twin = Person("bob", (replace(enrolled(metric), embeddings=at(0.4, metric)[None]),))
    seen = visit(at(0.1, metric))
    verdict = decide(enrolled(metric), seen, now=TODAY, confirmed=True, others=[twin])
    assert verdict == Verdict(None, "too near to somebody else who is enrolled")


# --- somebody who resembles the owner, and has all the time in the world


def staged(appearance: Appearance, target: Embedding, metric: Metric) -> Appearance:
    """The visit that brings the template nearest to `target`, of all that it may learn from."""
    best, nearest = appearance, float(distances(target, appearance.template[None], metric)[0])
    last = max((one.created for one in appearance.adapted), default=ENROLLED)
    day = date.fromisoformat(last[:10]) + timedelta(days=1)
    for share in np.linspace(1.0, 0.0, 41):
        mixed = share * target + (1.0 - share) * appearance.original
        mixed = np.asarray(mixed / np.linalg.norm(mixed), dtype=np.float32)
        verdict = decide(
            appearance, visit(mixed, farthest=0.0), now=f"{day}T08:00:00Z", confirmed=True
        )
        if verdict.appearance is not None:
            distance = float(distances(target, verdict.appearance.template[None], metric)[0])
            if distance < nearest:
                best, nearest = verdict.appearance, distance
    return best


def length(distance: float, metric: Metric) -> float:
    return float(np.sqrt(2 * distance)) if metric == "cosine" else distance


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("pictures", [1, 4, 10])
def test_somebody_alike_does_not_creep_in_however_patient(metric: Metric, pictures: int) -> None:
    """Every visit is the most harmful one that is learnt at all, confirmed by the password."""
    appearance = enrolled(metric, np.stack([unit(1.0)] * pictures))
    beyond = (1.0 + LARGEST_SHIFT) * length(THRESHOLD, metric) + 0.01
    distance = beyond**2 / 2 if metric == "cosine" else beyond
    attacker = at(distance, metric)
    for _ in range(3 * MOST_ADAPTED):
        appearance = staged(appearance, attacker, metric)
        assert distances(attacker, appearance.template[None], metric)[0] > THRESHOLD
        # The owner as enrolled is let in as before.
        assert distances(unit(1.0), appearance.template[None], metric)[0] <= THRESHOLD
    assert appearance.adapted, "the attack did nothing at all: the test shows nothing"


@pytest.mark.parametrize("metric", METRICS)
def test_a_chain_of_small_steps_leads_nowhere(metric: Metric) -> None:
    """Each face is near the template as it is by then, but too far from the enrolment."""
    appearance = enrolled(metric)
    for day in range(1, 29):
        step = at(0.05 * day, metric)
        seen = visit(step, farthest=0.1)
        verdict = decide(appearance, seen, now=f"2025-06-{day:02}T08:00:00Z", confirmed=True)
        appearance = verdict.appearance or appearance
    away = distances(
        appearance.original, np.stack([one.embedding for one in appearance.adapted]), metric
    )
    assert (away <= CONFIRMED * THRESHOLD).all()


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(METRICS), st.integers(1, 8), st.booleans())
def test_whatever_comes_the_enrolled_pictures_stay_the_owner_s(
    seed: int, metric: Metric, pictures: int, confirmed: bool
) -> None:
    random = np.random.default_rng(seed)
    rows = (unit(1.0) + 0.05 * random.normal(size=(pictures, DIMENSION))).astype(np.float32)
    appearance = enrolled(metric, rows)
    own = distances(appearance.original, rows, metric) <= THRESHOLD
    for day in range(1, 13):
        spread = random.uniform(0.0, 0.1)
        probe = (unit(1.0) + spread * random.normal(size=DIMENSION)).astype(np.float32)
        now = f"2025-07-{day:02}T08:00:00Z"
        verdict = decide(appearance, visit(probe, farthest=0.1), now=now, confirmed=confirmed)
        appearance = verdict.appearance or appearance
        assert np.array_equal(appearance.embeddings, rows)
        assert (distances(appearance.template, rows[own], metric) <= THRESHOLD).all()
        shift = float(distances(appearance.template, appearance.original[None], metric)[0])
        assert length(shift, metric) <= LARGEST_SHIFT * length(THRESHOLD, metric) + 1e-6
