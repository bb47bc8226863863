"""The rules that hold whatever the facts, which hypothesis draws."""

from hypothesis import given
from hypothesis import strategies as st

from daemon import policy
from daemon.api import Action
from daemon.config import Unlock
from daemon.policy import Ask, Caller, Machine, Target
from daemon.policy.lockout import LockoutState, Standing
from tests.daemon.policy.scenes import ADA, BOB, GDM, ROOT, Scene, Session

SESSIONS = st.builds(
    Session,
    st.sampled_from(["1", "2", "3"]),
    st.sampled_from([ADA, BOB, GDM, ROOT]),
    st.sampled_from(["user", "greeter", "lock-screen", "background", "manager", "none", ""]),
    st.sampled_from(["seat0", ""]),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)
SCENES = st.builds(
    Scene,
    st.builds(
        Caller,
        st.sampled_from([ADA, BOB, GDM, ROOT]),
        st.none() | SESSIONS,
        st.sampled_from([ADA, BOB, GDM, ROOT, None]),
    ),
    st.builds(
        Target,
        st.sampled_from(["ada", "bob"]),
        st.sampled_from([ADA, BOB, None]),
        st.integers(0, 2),
        st.integers(0, 2),
    ),
    st.lists(SESSIONS, max_size=4).map(tuple),
    SESSIONS,
    st.builds(
        Machine,
        st.booleans(),
        st.none() | st.booleans(),
        st.booleans(),
        st.booleans(),
        st.booleans(),
    ),
    st.builds(Standing, st.sampled_from(LockoutState)),
    st.builds(
        lambda enabled, users, greeter: Unlock(enabled=enabled, users=users, greeter=greeter),
        st.booleans(),
        st.sampled_from([(), ("ada",), ("bob",)]),
        st.booleans(),
    ),
    st.frozensets(st.sampled_from(["1", "2", "3"])),
)


@given(SCENES)
def test_whatever_the_facts_an_unlock_keeps_the_rules(facts: Scene) -> None:
    if not facts.unlocks().allowed:
        return
    session, machine = facts.session, facts.machine
    assert session.uid == facts.target.uid
    assert session.session_class == "user"
    assert session.locked
    assert session.active
    assert not session.remote
    assert session.seat
    assert not (machine.asleep or machine.paused or machine.stopping)
    assert machine.lid_closed is False
    assert facts.standing.free
    assert session.id not in facts.held
    assert facts.unlock.enabled
    assert facts.target.appearances


@given(SCENES)
def test_whatever_the_facts_an_attempt_keeps_the_rules(facts: Scene) -> None:
    if not facts.verify().allowed:
        return
    caller, machine = facts.caller, facts.machine
    assert caller.uid in (ROOT, facts.target.uid)
    assert not (machine.asleep or machine.paused or machine.stopping or machine.enrolling)
    assert machine.lid_closed is False
    assert facts.standing.free
    assert facts.target.appearances
    if caller.session is not None:
        assert not caller.session.remote
        assert caller.session.seat
        assert caller.session.active
    else:
        assert any(one.active and one.seat and not one.remote for one in facts.sessions)


@given(SCENES)
def test_whatever_the_facts_only_root_changes_others_without_polkit(facts: Scene) -> None:
    for decision in (
        facts.enrol(),
        policy.may_edit(facts.caller, facts.target, machine=facts.machine),
    ):
        assert not decision.allowed or facts.caller.uid == ROOT
        if isinstance(decision, Ask):
            own = decision.action in (Action.ENROL_OWN, Action.EDIT_OWN)
            assert own == (facts.caller.uid == facts.target.uid)
