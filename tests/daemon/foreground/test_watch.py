"""Arrivals, departures and strangers, from observations alone."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from daemon.foreground.presence import Arrived, Left, Presence
from daemon.foreground.watch import Event, Unrecognised, Watcher
from daemon.recognition.matcher import FaceMatch, Observation
from models.scoring.decision import Evidence, sequence_rule
from models.types import Box, Detection, Quality

RATE = 10.0
RULE = sequence_rule(far=1e-4, toll=4.0)


def _face(name: str | None, *, score: float = 1.0) -> FaceMatch:
    landmarks = np.zeros((5, 2), dtype=np.float32)
    distance = 0.9 if name is None else 0.3
    detection = Detection(Box(0, 0, 100, 120), 0.99, landmarks)
    return FaceMatch(detection, Quality(score), distance, name is not None, name)


def _observed(*faces: FaceMatch) -> Observation:
    """As a recogniser for whom only Ada is enrolled sees it."""
    judged = next((face for face in faces if face.usable), None)
    evidence = {}
    if judged is not None:
        llr = 12.0 if judged.matched else -8.0
        evidence["Ada"] = Evidence(llr, judged.matched, judged.quality.score, judged.detection.box)
    return Observation(faces, {}, evidence, judged)


OWNER = _observed(_face("Ada"))
STRANGER = _observed(_face(None))
BLURRED_OWNER = _observed(_face("Ada", score=0.0))
NOBODY = _observed()


def _play(observations: list[Observation]) -> list[Event]:
    watcher = Watcher(Presence(absence_seconds=2.0), RULE)
    return [
        event
        for index, observation in enumerate(observations)
        for event in watcher.observe(index / RATE, observation, live=True)
    ]


def test_the_owner_arrives_once_and_again_only_after_an_absence() -> None:
    visit, blink, absence = [OWNER] * 20, [NOBODY] * 10, [NOBODY] * 25
    assert _play(visit + blink + visit) == [Arrived("Ada", 0.3)]
    assert _play(visit + absence + visit) == [Arrived("Ada", 0.3), Left("Ada"), Arrived("Ada", 0.3)]


def test_two_good_frames_are_not_enough() -> None:
    assert _play([OWNER, OWNER, STRANGER, STRANGER, STRANGER]) == []


def test_evidence_does_not_outlast_a_change_of_person() -> None:
    assert _play([OWNER, OWNER] + [NOBODY] * 12 + [OWNER]) == []


def test_a_stranger_is_told_once_and_unnamed() -> None:
    assert _play([STRANGER] * 40) == [Unrecognised(0.9)]


def test_an_unusable_face_does_nothing() -> None:
    assert _play([BLURRED_OWNER] * 40) == []


def test_with_a_stranger_of_a_size_beside_them_nobody_arrives_nor_is_refused() -> None:
    both = Observation((_face(None), _face("Ada")), {}, crowded=True)
    assert _play([both] * 20) == []


@given(st.lists(st.sampled_from([OWNER, STRANGER, BLURRED_OWNER, NOBODY]), max_size=80))
def test_nobody_arrives_without_evidence(observations: list[Observation]) -> None:
    watcher = Watcher(Presence(absence_seconds=2.0), RULE)
    for index, observation in enumerate(observations):
        events = watcher.observe(index / RATE, observation, live=True)
        if any(isinstance(event, Arrived) for event in events):
            recent = observations[max(0, index - 20) : index + 1]
            assert sum(one is OWNER for one in recent) >= RULE.fewest
            assert observation is OWNER
