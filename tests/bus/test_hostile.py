"""Nonsense over the bus: no crash, no hang, no unlock."""

from typing import Any

from dbus_fast import Message, MessageType, Variant
from hypothesis import given, settings
from hypothesis import strategies as st

from daemon import contract
from tests.bus.world import Home, Peer

_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=80)
_NAMES = sorted(
    {key for keys in (contract.VERIFY_OPTIONS, contract.ENROL_OPTIONS) for key in keys}
    | {"", "nonsense"}
)
_VARIANT = st.one_of(
    st.builds(Variant, st.just("s"), _TEXT),
    st.builds(Variant, st.just("b"), st.booleans()),
    st.builds(Variant, st.just("d"), st.floats()),
    st.builds(Variant, st.just("u"), st.integers(0, 2**32 - 1)),
    st.builds(Variant, st.just("as"), st.lists(_TEXT, max_size=3)),
)
_OF_TYPE: dict[str, st.SearchStrategy[Any]] = {
    "s": _TEXT,
    "u": st.integers(0, 2**32 - 1),
    "a{sv}": st.dictionaries(st.sampled_from(_NAMES), _VARIANT, max_size=4),
}


@st.composite
def calls(draw: st.DrawFn) -> tuple[str, str, list[Any]]:
    """A method of the contract, with arguments of its types or of others."""
    method = draw(st.sampled_from(contract.INTERFACE.methods))
    types = [argument.signature for argument in method.inputs]
    if draw(st.integers(0, 3)) == 0:
        types = draw(st.lists(st.sampled_from(sorted(_OF_TYPE)), max_size=3))
    return method.name, "".join(types), [draw(_OF_TYPE[one]) for one in types]


def test_any_call_gets_an_answer_and_unlocks_nothing(home: Home) -> None:
    home.configure("camera", source='"demo:empty"')
    home.configure("requests", per_client="64")
    world = home.start()
    home.lock("1", idle=False)
    with Peer(world.address) as peer:

        @settings(max_examples=300, deadline=None)
        @given(calls())
        def ask(call: tuple[str, str, list[Any]]) -> None:
            member, signature, body = call
            place = (contract.BUS_NAME, contract.OBJECT_PATH, contract.INTERFACE_NAME, member)
            reply = peer.say(Message(*place, signature=signature, body=body))
            if reply.message_type is MessageType.ERROR:
                assert contract.error_of(reply.error_name or "") is not None, reply.error_name
                assert reply.error_name != contract.Error.INTERNAL.bus_name, world.entries[-1]
                assert reply.body[0].isprintable()

        ask()
    with world.client() as client:
        assert client.running
        client.call("Resume")
    assert home.unlocks() == 0
    assert not world.verdicts("matched")
    assert "Error" not in world.log
