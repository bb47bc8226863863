"""Every denial, each with the smallest change of facts that brings it about."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon import policy
from daemon.attempt import Rung, Standing
from daemon.config import Unlock, UnlockMethod
from daemon.contract import Action, Error
from daemon.policy import Allowed, Ask, Caller, Denied, Machine, Target

Cases = dict[str, tuple[dict[str, Any], Error]]

ADA, BOB, GDM, ROOT = 1000, 1001, 120, 0


@dataclass(frozen=True, slots=True)
class Session:
    """As the adapter to logind gives them."""

    id: str = "1"
    uid: int = ADA
    rank: str = "user"
    seat: str = "seat0"
    active: bool = True
    remote: bool = False
    locked: bool = False


HERE = Session()
LOCKED = Session(locked=True)
SSH = Session(id="ssh", rank="user", seat="", remote=True)
XRDP = Session(id="xrdp", seat="")
BACKGROUND = Session(id="cron", rank="background", seat="")
OTHER_SCREEN = Session(id="2", active=False)
GREETER = Session(id="c1", uid=GDM, rank="greeter")
LOCK_SCREEN = Session(id="c2", rank="lock-screen")
BOBS = Session(id="3", uid=BOB)

ME = Caller(ADA, HERE)
AWAKE = Machine(lid_closed=False)
FREE = Standing(Rung.FREE)
TARGET = Target("ada", ADA, looks=1)


@dataclass(frozen=True)
class Scene:
    """Everything that a decision may rest on; made without arguments all is well."""

    caller: Caller = ME
    target: Target = TARGET
    sessions: tuple[Session, ...] = (HERE,)
    session: Session = LOCKED
    machine: Machine = AWAKE
    standing: Standing = FREE
    unlock: Unlock = Unlock()  # noqa: RUF009 - frozen
    held: frozenset[str] = frozenset()

    def verify(self) -> policy.Decision:
        return policy.may_verify(
            self.caller,
            self.target,
            sessions=self.sessions,
            machine=self.machine,
            standing=self.standing,
            unlock=self.unlock,
            held=self.held,
        )

    def unlocks(self) -> policy.Decision:
        return policy.may_unlock(
            self.session,
            self.target,
            machine=self.machine,
            standing=self.standing,
            unlock=self.unlock,
            held=self.session.id in self.held,
        )

    def watch(self) -> policy.Decision:
        return policy.may_watch(
            self.session,
            self.target,
            machine=self.machine,
            standing=self.standing,
            unlock=self.unlock,
        )

    def enrol(self) -> policy.Decision | Ask:
        return policy.may_enrol(
            self.caller, self.target, sessions=self.sessions, machine=self.machine
        )

    def pause(self) -> policy.Decision:
        return policy.may_pause(self.caller, sessions=self.sessions, machine=self.machine)

    def wake(self) -> policy.Decision:
        return policy.may_wake(self.caller, sessions=self.sessions, machine=self.machine)


def scene(**facts: Any) -> Scene:
    return Scene(**facts)


def refused(decision: policy.Decision | Ask) -> Error:
    assert isinstance(decision, Denied), decision
    assert not decision.allowed
    return decision.error


ASLEEP = replace(AWAKE, asleep=True)
LID_CLOSED = replace(AWAKE, lid_closed=True)
LID_UNKNOWN = replace(AWAKE, lid_closed=None)
PAUSED = replace(AWAKE, paused=True)
ENROLLING = replace(AWAKE, enrolling=True)
STOPPING = replace(AWAKE, stopping=True)
WAITING = Standing(Rung.PAUSED, 3, 29.4)
LOCKED_OUT = Standing(Rung.PASSWORD, 8)

VERIFY: Cases = {
    "somebody else asks": ({"caller": Caller(BOB, BOBS)}, Error.NOT_PERMITTED),
    "a service user asks": ({"caller": Caller(120)}, Error.NOT_PERMITTED),
    "asked about nobody": (
        {"caller": Caller(BOB, BOBS), "target": Target("eve", None)},
        Error.NOT_PERMITTED,
    ),
    "root asks about nobody": (
        {"caller": Caller(ROOT, HERE), "target": Target("eve", None)},
        Error.NOT_ENROLLED,
    ),
    "a user who is gone but enrolled": (
        {"caller": Caller(ROOT, HERE), "target": Target("eve", None, looks=1)},
        Error.NOT_ENROLLED,
    ),
    "the service ends": ({"machine": STOPPING}, Error.STOPPING),
    "over ssh": ({"caller": Caller(ADA, SSH), "sessions": (HERE, SSH)}, Error.REMOTE_SESSION),
    "sudo over ssh": (
        {"caller": Caller(ROOT, SSH), "sessions": (HERE, SSH)},
        Error.REMOTE_SESSION,
    ),
    "a virtual desktop": ({"caller": Caller(ADA, XRDP)}, Error.REMOTE_SESSION),
    "from no session, one of them remote": (
        {"caller": Caller(ADA), "sessions": (HERE, SSH)},
        Error.REMOTE_SESSION,
    ),
    "from no session, all remote": (
        {"caller": Caller(ADA), "sessions": (SSH,)},
        Error.REMOTE_SESSION,
    ),
    "another session is on the screen": (
        {"caller": Caller(ADA, OTHER_SCREEN)},
        Error.INACTIVE_SESSION,
    ),
    "from no session, none on the screen": (
        {"caller": Caller(ADA), "sessions": (OTHER_SCREEN, BOBS)},
        Error.INACTIVE_SESSION,
    ),
    "from a job in the background": ({"caller": Caller(ADA, BACKGROUND)}, Error.NO_SESSION),
    "from no session, without one": (
        {"caller": Caller(ADA), "sessions": (BOBS,)},
        Error.NO_SESSION,
    ),
    "root, from no session, nobody at the login": (
        {"caller": Caller(ROOT), "sessions": ()},
        Error.NO_SESSION,
    ),
    "at the login": (
        {"caller": Caller(ROOT), "sessions": (GREETER,)},
        Error.NOT_ENABLED,
    ),
    "in the greeter's session": (
        {"caller": Caller(ROOT, GREETER), "sessions": (GREETER,)},
        Error.NOT_ENABLED,
    ),
    "at a login that is not on the screen": (
        {
            "caller": Caller(ROOT),
            "sessions": (replace(GREETER, active=False),),
            "unlock": Unlock(greeter=True),
        },
        Error.NO_SESSION,
    ),
    "at the login, but logged in elsewhere": (
        {
            "caller": Caller(ROOT),
            "sessions": (GREETER, OTHER_SCREEN),
            "unlock": Unlock(greeter=True),
        },
        Error.INACTIVE_SESSION,
    ),
    "a user in no session, at the login": (
        {
            "caller": Caller(ADA),
            "sessions": (GREETER,),
            "unlock": Unlock(greeter=True),
        },
        Error.NO_SESSION,
    ),
    "about to sleep": ({"machine": ASLEEP}, Error.ASLEEP),
    "the lid is closed": ({"machine": LID_CLOSED}, Error.LID_CLOSED),
    "the lid is unknown": ({"machine": LID_UNKNOWN}, Error.LID_CLOSED),
    "paused": ({"machine": PAUSED}, Error.PAUSED),
    "not among the users": ({"unlock": Unlock(users=("bob",))}, Error.NOT_ENABLED),
    "not enrolled": ({"target": Target("ada", ADA)}, Error.NOT_ENROLLED),
    "enrolled with another model": (
        {"target": Target("ada", ADA, other_looks=2)},
        Error.OTHER_MODEL,
    ),
    "looks are paused": ({"standing": WAITING}, Error.ATTEMPTS_PAUSED),
    "locked out": ({"standing": LOCKED_OUT}, Error.LOCKED_OUT),
    "locked by hand": (
        {
            "caller": Caller(ADA, LOCKED),
            "sessions": (LOCKED,),
            "held": frozenset({"1"}),
        },
        Error.ABSENCE_NEEDED,
    ),
    "an enrolment runs": ({"machine": ENROLLING}, Error.BUSY),
}

SESSION: Cases = {
    "the service ends": ({"machine": STOPPING}, Error.STOPPING),
    "another user's session": ({"session": replace(LOCKED, uid=BOB)}, Error.NOT_PERMITTED),
    "a user who is gone": ({"target": Target("ada", None, looks=1)}, Error.NOT_PERMITTED),
    "the greeter": ({"session": replace(LOCKED, rank="greeter")}, Error.NOT_PERMITTED),
    "a class like a user's": ({"session": replace(LOCKED, rank="users")}, Error.NOT_PERMITTED),
    "not locked": ({"session": HERE}, Error.NO_SESSION),
    "remote": ({"session": replace(LOCKED, remote=True)}, Error.REMOTE_SESSION),
    "a virtual desktop": ({"session": replace(LOCKED, seat="")}, Error.REMOTE_SESSION),
    "a seat without the camera": ({"session": replace(LOCKED, seat="seat1")}, Error.REMOTE_SESSION),
    "not on the screen": ({"session": replace(LOCKED, active=False)}, Error.INACTIVE_SESSION),
    "about to sleep": ({"machine": ASLEEP}, Error.ASLEEP),
    "the lid is closed": ({"machine": LID_CLOSED}, Error.LID_CLOSED),
    "the lid is unknown": ({"machine": LID_UNKNOWN}, Error.LID_CLOSED),
    "paused": ({"machine": PAUSED}, Error.PAUSED),
    "unlocking is off": ({"unlock": Unlock(enabled=False)}, Error.NOT_ENABLED),
    "no method for this user": ({"unlock": Unlock(methods={"ada": ()})}, Error.NOT_ENABLED),
    "no method but for others": (
        {"unlock": Unlock(methods={"bob": (UnlockMethod("logind"),)})},
        Error.NOT_ENABLED,
    ),
    "not among the users": ({"unlock": Unlock(users=("bob",))}, Error.NOT_ENABLED),
    "not enrolled": ({"target": Target("ada", ADA)}, Error.NOT_ENROLLED),
    "enrolled with another model": (
        {"target": Target("ada", ADA, other_looks=2)},
        Error.OTHER_MODEL,
    ),
    "looks are paused": ({"standing": WAITING}, Error.ATTEMPTS_PAUSED),
    "locked out": ({"standing": LOCKED_OUT}, Error.LOCKED_OUT),
}

ENROL: Cases = {
    "the service ends": ({"machine": STOPPING}, Error.STOPPING),
    "over ssh": ({"caller": Caller(ADA, SSH)}, Error.REMOTE_SESSION),
    "not on the screen": ({"caller": Caller(ADA, OTHER_SCREEN)}, Error.INACTIVE_SESSION),
    "from the greeter": ({"caller": Caller(GDM, GREETER)}, Error.NO_SESSION),
    "from no session": ({"caller": Caller(ADA), "sessions": ()}, Error.NO_SESSION),
    "nobody, by a user": ({"target": Target("eve", None)}, Error.NOT_PERMITTED),
    "nobody, by root": (
        {"caller": Caller(ROOT), "target": Target("eve", None)},
        Error.NOT_ENROLLED,
    ),
    "about to sleep": ({"machine": ASLEEP}, Error.ASLEEP),
    "the lid is closed": ({"machine": LID_CLOSED}, Error.LID_CLOSED),
    "the lid is closed, for root too": (
        {"caller": Caller(ROOT), "machine": LID_CLOSED},
        Error.LID_CLOSED,
    ),
    "paused": ({"machine": PAUSED}, Error.PAUSED),
    "another enrolment runs": ({"machine": ENROLLING}, Error.BUSY),
}

PAUSE: Cases = {
    "the service ends": ({"machine": STOPPING}, Error.STOPPING),
    "over ssh": ({"caller": Caller(ADA, SSH)}, Error.REMOTE_SESSION),
    "not on the screen": ({"caller": Caller(ADA, OTHER_SCREEN)}, Error.INACTIVE_SESSION),
    "from the greeter": ({"caller": Caller(GDM, GREETER)}, Error.NO_SESSION),
    "from the background": ({"caller": Caller(ADA, BACKGROUND)}, Error.NO_SESSION),
    "from no session, also over ssh": (
        {"caller": Caller(ADA), "sessions": (HERE, SSH)},
        Error.REMOTE_SESSION,
    ),
    "a service user": ({"caller": Caller(GDM)}, Error.NO_SESSION),
}

WAKE: Cases = {
    **PAUSE,
    "about to sleep": ({"machine": ASLEEP}, Error.ASLEEP),
    "the lid is closed": ({"machine": LID_CLOSED}, Error.LID_CLOSED),
}


def _cases(cases: Cases) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(("facts", "error"), cases.values(), ids=cases.keys())


@_cases(VERIFY)
def test_no_look(facts: dict[str, Any], error: Error) -> None:
    assert refused(scene(**facts).verify()) is error


@_cases(SESSION)
def test_no_unlock(facts: dict[str, Any], error: Error) -> None:
    assert refused(scene(**facts).unlocks()) is error


@_cases(SESSION)
def test_no_watch(facts: dict[str, Any], error: Error) -> None:
    assert refused(scene(**facts).watch()) is error


@_cases(ENROL)
def test_no_enrolment(facts: dict[str, Any], error: Error) -> None:
    assert refused(scene(**facts).enrol()) is error


@_cases(PAUSE)
def test_no_pause(facts: dict[str, Any], error: Error) -> None:
    assert refused(scene(**facts).pause()) is error


@_cases(WAKE)
def test_no_wake(facts: dict[str, Any], error: Error) -> None:
    assert refused(scene(**facts).wake()) is error


def test_locked_by_hand_there_is_no_unlock_but_a_watch() -> None:
    held = scene(held=frozenset({"1"}))
    assert refused(held.unlocks()) is Error.ABSENCE_NEEDED
    assert held.watch().allowed


def test_no_watch_during_an_enrolment() -> None:
    assert refused(scene(machine=ENROLLING).watch()) is Error.BUSY
    assert scene(machine=ENROLLING).unlocks().allowed


def test_every_denial_of_a_look_in_the_contract_is_one_of_these() -> None:
    from daemon.contract import INTERFACE

    decided = {error for _, error in VERIFY.values()}
    elsewhere = {Error.TOO_MANY_REQUESTS, Error.NO_MODEL, Error.STORE_PROBLEM}
    assert set(INTERFACE.method("StartVerify").errors) == (decided - {Error.STOPPING}) | elsewhere


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"caller": Caller(ROOT, HERE)},
        {"caller": Caller(ADA)},
        {"caller": Caller(ROOT)},
        {"caller": Caller(ADA, LOCKED), "sessions": (LOCKED,)},
        {"caller": Caller(ADA, LOCK_SCREEN)},
        {"caller": Caller(ROOT, replace(HERE, rank="user-early"))},
        {"sessions": (HERE, replace(OTHER_SCREEN, locked=True)), "held": frozenset({"3"})},
        {"caller": Caller(ROOT), "sessions": (GREETER,), "unlock": Unlock(greeter=True)},
        {"caller": Caller(ROOT, GREETER), "sessions": (), "unlock": Unlock(greeter=True)},
        {"unlock": Unlock(users=("bob", "ada"))},
        {"target": Target("ada", ADA, looks=1, other_looks=5)},
        {"standing": Standing(Rung.FREE, 2)},
        {"unlock": Unlock(enabled=False)},
    ],
)
def test_a_look_is_allowed(facts: dict[str, Any]) -> None:
    assert scene(**facts).verify() == Allowed()


def test_an_unlocked_session_is_not_held_by_what_was() -> None:
    assert scene(held=frozenset({"1"})).verify().allowed


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"session": replace(LOCKED, rank="user-light")},
        {"unlock": Unlock(methods={"ada": (UnlockMethod("signal", ("swaylock",)),)})},
        {"held": frozenset({"2"})},
    ],
)
def test_an_unlock_is_allowed(facts: dict[str, Any]) -> None:
    assert scene(**facts).unlocks() == Allowed()
    assert scene(**facts).watch() == Allowed()


@pytest.mark.parametrize(
    ("caller", "target", "action"),
    [
        (Caller(ADA, HERE), TARGET, Action.ENROL_OWN),
        (Caller(ADA), Target("ada", ADA), Action.ENROL_OWN),
        (Caller(ADA, HERE), Target("bob", BOB), Action.ENROL_OTHER),
        (Caller(ROOT, SSH), TARGET, None),
        (Caller(ROOT), Target("bob", BOB), None),
    ],
)
def test_who_may_enrol_whom(caller: Caller, target: Target, action: Action | None) -> None:
    decision = scene(caller=caller, target=target).enrol()
    assert decision == (Allowed() if action is None else Ask(action))


@pytest.mark.parametrize(
    ("caller", "target", "edit", "listing"),
    [
        (Caller(ADA, SSH), TARGET, Ask(Action.EDIT_OWN), Allowed()),
        (Caller(ADA), Target("bob", BOB), Ask(Action.EDIT_OTHER), Ask(Action.LIST_OTHER)),
        (Caller(ADA), Target("eve", None), Ask(Action.EDIT_OTHER), Ask(Action.LIST_OTHER)),
        (Caller(ROOT), Target("eve", None), Allowed(), Allowed()),
    ],
)
def test_who_may_edit_and_list_whom(
    caller: Caller, target: Target, edit: object, listing: object
) -> None:
    assert policy.may_edit(caller, target, machine=AWAKE) == edit
    assert policy.may_list(caller, target, machine=AWAKE) == listing


def test_who_may_reload() -> None:
    assert policy.may_reload(Caller(ROOT), machine=AWAKE) == Allowed()
    assert policy.may_reload(Caller(ADA, HERE), machine=AWAKE) == Ask(Action.RELOAD)


@pytest.mark.parametrize(
    "ask",
    [
        lambda: policy.may_edit(Caller(ROOT), TARGET, machine=STOPPING),
        lambda: policy.may_list(Caller(ADA), TARGET, machine=STOPPING),
        lambda: policy.may_reload(Caller(ROOT), machine=STOPPING),
    ],
)
def test_a_service_that_ends_does_nothing_more(ask: Callable[[], policy.Decision | Ask]) -> None:
    assert refused(ask()) is Error.STOPPING


@pytest.mark.parametrize(
    "caller", [Caller(ADA, HERE), Caller(ADA), Caller(ROOT), Caller(ROOT, SSH)]
)
def test_who_sits_here_may_pause(caller: Caller) -> None:
    assert scene(caller=caller).pause().allowed
    assert scene(caller=caller).wake().allowed


@pytest.mark.parametrize("decision", [Allowed(), Denied(Error.BUSY, "busy"), Ask(Action.RELOAD)])
def test_a_decision_cannot_be_mistaken_for_a_truth(decision: object) -> None:
    with pytest.raises(TypeError, match="allowed"):
        bool(decision)


def test_a_denial_says_what_to_do() -> None:
    decision = scene(standing=WAITING).verify()
    assert str(decision) == "too many looks failed; use the password, or wait 29 seconds"
    assert str(Denied(Error.STOPPING, "the service is ending")) == "the service is ending"


def test_a_refusal_to_strangers_is_the_same_whoever_they_ask_about() -> None:
    targets = [
        Target("ada", ADA, looks=3),
        Target("ada", ADA),
        Target("eve", None),
        Target("root", ROOT),
    ]
    answers = {scene(caller=Caller(BOB, BOBS), target=one).verify() for one in targets}
    assert len(answers) == 1


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
    st.builds(Caller, st.sampled_from([ADA, BOB, GDM, ROOT]), st.none() | SESSIONS),
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
    st.builds(Standing, st.sampled_from(Rung)),
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
    assert session.rank == "user"
    assert session.locked
    assert session.active
    assert not session.remote
    assert session.seat
    assert not (machine.asleep or machine.paused or machine.stopping)
    assert machine.lid_closed is False
    assert facts.standing.free
    assert session.id not in facts.held
    assert facts.unlock.enabled
    assert facts.target.looks


@given(SCENES)
def test_whatever_the_facts_a_look_keeps_the_rules(facts: Scene) -> None:
    if not facts.verify().allowed:
        return
    caller, machine = facts.caller, facts.machine
    assert caller.uid in (ROOT, facts.target.uid)
    assert not (machine.asleep or machine.paused or machine.stopping or machine.enrolling)
    assert machine.lid_closed is False
    assert facts.standing.free
    assert facts.target.looks
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
