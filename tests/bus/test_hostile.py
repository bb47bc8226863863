"""Nonsense over the bus: no crash, no hang, no unlock."""

from typing import Any

from dbus_fast import Message, MessageType, Variant
from hypothesis import given, settings
from hypothesis import strategies as st

from daemon import api
from tests.bus.asking import short_attempt
from tests.bus.peer import Peer
from tests.bus.test_attacks import authenticated, to_daemon
from tests.bus.test_life import status
from tests.bus.world import Home, eventually

_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=80)
_NAMES = sorted(
    {key for keys in (api.VERIFY_OPTIONS, api.ENROL_OPTIONS) for key in keys} | {"", "nonsense"}
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
    "b": st.booleans(),
    "x": st.integers(-(2**63), 2**63 - 1),
    "as": st.lists(_TEXT, max_size=3),
    "v": _VARIANT,
    "a{sv}": st.dictionaries(st.sampled_from(_NAMES), _VARIANT, max_size=4),
}


@st.composite
def calls(draw: st.DrawFn) -> tuple[str, str, list[Any]]:
    """A method of the contract, with arguments of its types or of others."""
    method = draw(st.sampled_from(api.INTERFACE.methods))
    types = [argument.signature for argument in method.inputs]
    if draw(st.integers(0, 3)) == 0:
        types = draw(st.lists(st.sampled_from(sorted(_OF_TYPE)), max_size=3))
    return method.name, "".join(types), [draw(_OF_TYPE[one]) for one in types]


def test_any_call_gets_an_answer_and_unlocks_nothing(home: Home) -> None:
    # The owner sits there all the time: what keeps the session locked is that they locked it.
    home.configure("requests", per_user="64")
    world = home.start()
    home.lock("1", idle=False)
    with Peer(world.address) as peer:

        @settings(max_examples=200, deadline=None)
        @given(calls())
        def ask(call: tuple[str, str, list[Any]]) -> None:
            member, signature, body = call
            place = (api.BUS_NAME, api.OBJECT_PATH, api.INTERFACE_NAME, member)
            reply = peer.say(Message(*place, signature=signature, body=body))
            if reply.message_type is MessageType.ERROR:
                assert api.error_of(reply.error_name or "") is not None, reply.error_name
                assert reply.error_name != api.Error.INTERNAL.bus_name, world.entries[-1]
                assert reply.body[0].isprintable()

        ask()
    with world.client() as client:
        assert client.running
        client.call("Resume")
    assert home.unlocks() == 0
    assert "Error" not in world.log


_PLACES = st.tuples(
    st.sampled_from(["/", api.OBJECT_PATH, api.OBJECT_PATH + "/x", "/org"]),
    st.sampled_from(
        [
            api.INTERFACE_NAME,
            "org.freedesktop.DBus.Properties",
            "org.freedesktop.DBus.Introspectable",
            "org.freedesktop.DBus.Peer",
            "org.freedesktop.DBus.ObjectManager",
            "org.freedesktop.login1.Session",
            "no.such.Interface",
        ]
    ),
    st.sampled_from(["Status", "Get", "GetAll", "Set", "Introspect", "Ping", "Unlock", "Reload"]),
)


@st.composite
def odd_calls(draw: st.DrawFn) -> tuple[tuple[str, str, str], str, list[Any]]:
    """Any place, any member, any arguments."""
    types = draw(st.lists(st.sampled_from(sorted(_OF_TYPE)), max_size=4))
    return draw(_PLACES), "".join(types), [draw(_OF_TYPE[one]) for one in types]


def test_any_place_gets_an_answer(home: Home) -> None:
    world = home.start()
    home.lock("1", idle=False)
    with Peer(world.address) as peer:

        @settings(max_examples=200, deadline=None)
        @given(odd_calls())
        def ask(call: tuple[tuple[str, str, str], str, list[Any]]) -> None:
            place, signature, body = call
            reply = peer.say(Message(api.BUS_NAME, *place, signature=signature, body=body))
            assert reply.error_name != api.Error.INTERNAL.bus_name, world.entries[-1]

        ask()
    with world.client() as client:
        assert client.running
    assert home.unlocks() == 0
    assert "Error" not in world.log


def test_a_flood_from_one_client_holds_up_nobody_else(home: Home) -> None:
    home.configure("camera", source='"demo:empty"')
    world = home.start()
    body = ["", {"seconds": Variant("d", 1.0)}]
    with authenticated(world.address) as flood, world.client() as client:
        for serial in range(2, 1000):
            call = to_daemon("StartVerify", serial=serial, signature="sa{sv}", body=body)
            flood.sendall(bytes(call._marshall(negotiate_unix_fd=False)))
        assert client.call("Status")["requests"] <= 8
        assert short_attempt(client).reason == "no-face"
        answers = b""
        while b"TooManyRequests" not in answers:
            answers += flood.recv(1 << 20)
    eventually(lambda: status(world)["requests"] == 0, "the end of all requests")
    assert world.log == ""
