"""What a decision says: never a plain truth, a hint for its owner, nothing for strangers."""

import pytest

from daemon.api import Action, Error
from daemon.policy import Allowed, Ask, Caller, Denied, Target
from tests.daemon.policy.scenes import ADA, BOB, BOBS, ROOT, WAITING, scene


@pytest.mark.parametrize("decision", [Allowed(), Denied(Error.BUSY, "busy"), Ask(Action.RELOAD)])
def test_a_decision_cannot_be_mistaken_for_a_truth(decision: object) -> None:
    with pytest.raises(TypeError, match="allowed"):
        bool(decision)


def test_a_denial_says_what_to_do() -> None:
    decision = scene(standing=WAITING).verify()
    assert str(decision) == "too many attempts failed; use the password, or wait 29 seconds"
    assert str(Denied(Error.STOPPING, "the service is ending")) == "the service is ending"


def test_a_refusal_to_strangers_is_the_same_whoever_they_ask_about() -> None:
    targets = [
        Target("ada", ADA, appearances=3),
        Target("ada", ADA),
        Target("eve", None),
        Target("root", ROOT),
    ]
    answers = {scene(caller=Caller(BOB, BOBS), target=one).verify() for one in targets}
    assert len(answers) == 1
