from typing import get_args

import pytest

from models.liveness.evidence import CueEvidence, no_evidence
from models.liveness.fusion import LEVELS, Level, decide

ALIVE = CueEvidence("texture", 2.0, "skin")
MOVES = CueEvidence("depth", 2.0, "round")
FLAT = CueEvidence("depth", -8.0, "flat")
DOUBT = CueEvidence("depth", -1.0, "flat")
ASLEEP = CueEvidence("attention", 0.0, "eyes-closed", withholds=True)


@pytest.mark.parametrize("level", get_args(Level))
def test_without_evidence_nothing_is_live(level: Level) -> None:
    assert decide([], level).decision == "unclear"
    assert decide([no_evidence("depth", "no-motion")] * 9, level).decision == "unclear"


@pytest.mark.parametrize("level", ["convenient", "standard"])
def test_cues_that_agree_on_life_are_enough(level: Level) -> None:
    assert decide([ALIVE, MOVES], level).decision == "live"


def test_strict_is_never_passive() -> None:
    assert decide([ALIVE, MOVES], "strict").decision == "unclear"
    assert decide([ALIVE, MOVES], "strict", challenged=True).decision == "live"


@pytest.mark.parametrize("level", get_args(Level))
def test_one_sure_denial_outweighs_any_number_for_life(level: Level) -> None:
    verdict = decide([ALIVE, *[MOVES] * 9, FLAT], level, challenged=True)
    assert verdict.decision == "not live"
    assert verdict.reasons == (FLAT,)


@pytest.mark.parametrize("level", get_args(Level))
def test_denials_too_weak_alone_add_up(level: Level) -> None:
    assert decide([DOUBT] * 4, level, challenged=True).decision == "not live"


def test_doubt_is_unclear_at_standard_and_a_challenge_lifts_it() -> None:
    assert decide([ALIVE, DOUBT, DOUBT], "standard").decision == "unclear"
    assert decide([ALIVE, DOUBT, DOUBT], "standard", challenged=True).decision == "live"


@pytest.mark.parametrize("level", get_args(Level))
def test_what_withholds_leaves_it_unclear_even_when_challenged(level: Level) -> None:
    verdict = decide([ALIVE, MOVES, ASLEEP], level, challenged=True)
    assert verdict.decision == "unclear"
    assert verdict.reasons == (ASLEEP,)


def test_an_attack_with_closed_eyes_is_an_attack() -> None:
    assert decide([ASLEEP, FLAT], "standard").decision == "not live"


def test_one_cue_alone_is_no_passive_proof_at_standard() -> None:
    assert decide([ALIVE], "standard").decision == "unclear"
    assert decide([ALIVE, no_evidence("depth", "no-motion")], "standard").decision == "unclear"
    assert decide([ALIVE], "convenient").decision == "live"


SEEN_TO_MOVE = [
    MOVES,
    CueEvidence("surroundings", 0.6, "stands"),
    CueEvidence("stream", 0.0, "fresh"),
    CueEvidence("attention", 0.0, "looks"),
]
"""What a clip of a head that turns shows on a screen as well."""


def test_cues_of_movement_alone_do_not_tell_a_clip_on_a_screen_from_the_person_in_it() -> None:
    assert decide(SEEN_TO_MOVE, "standard").decision == "unclear"
    assert decide(SEEN_TO_MOVE, "standard", challenged=True).decision == "live"
    assert decide(SEEN_TO_MOVE, "convenient").decision == "live"
    for name, reason in (("texture", "skin"), ("infrared", "round")):
        told = [*SEEN_TO_MOVE, CueEvidence(name, 0.2, reason)]
        assert decide(told, "standard").decision == "live"


def test_what_moves_does_not_outweigh_a_texture_that_speaks_against_life() -> None:
    picture = CueEvidence("texture", -0.3, "picture")
    assert decide([picture, *SEEN_TO_MOVE], "standard").decision == "unclear"
    unknown = no_evidence("texture", "surroundings-cut-off")
    assert decide([unknown, *SEEN_TO_MOVE], "standard").decision == "unclear"


HELD_UP = [
    ALIVE,
    CueEvidence("depth", 0.0, "no-relief"),
    CueEvidence("surroundings", 0.6, "stands"),
]
"""A photograph cut out around the head, whose texture is that of skin, in a hand."""


def test_who_moved_and_was_not_seen_to_be_no_plane_is_asked_at_standard() -> None:
    verdict = decide(HELD_UP, "standard")
    assert verdict.decision == "unclear"
    assert [cue.reason for cue in verdict.reasons] == ["no-relief"]
    assert decide(HELD_UP, "standard", challenged=True).decision == "live"
    assert decide(HELD_UP, "convenient").decision == "live"
    turned = CueEvidence("depth", -0.6, "flat")
    assert decide([ALIVE, turned, HELD_UP[2]], "standard").decision == "unclear"


def test_where_the_camera_moves_a_face_that_moves_in_the_picture_is_in_no_doubt() -> None:
    for reason, decision in (("all-moves", "live"), ("few-move", "unclear")):
        cues = [*HELD_UP[:2], CueEvidence("surroundings", -0.9, reason)]
        assert decide(cues, "standard").decision == decision


def test_a_stricter_level_never_accepts_more() -> None:
    for one, other in zip(
        (LEVELS["convenient"], LEVELS["standard"]),
        (LEVELS["standard"], LEVELS["strict"]),
        strict=True,
    ):
        assert one.live <= other.live
        assert one.deny <= other.deny
        assert one.deny_alone <= other.deny_alone
        assert one.least_known <= other.least_known
        assert one.tells_screens <= other.tells_screens
        assert one.relief <= other.relief
