"""Lists of cameras cross whole, and nothing else crosses."""

import random
import struct
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.camera.cameras_message import (
    CAMERAS_SIZE,
    KNOWN_SIZE,
    MOST_CAMERAS,
    cut,
    pack_cameras,
    pack_identity,
    pack_known,
    unpack_cameras,
    unpack_identity,
    unpack_known,
)
from daemon.camera.frame_message import MessageError
from daemon.policy.cameras import Camera, Identity, Known
from tests.daemon.camera.cameras import INFRARED, OWN

TEXTS = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zs", "Zl", "Zp", "Cf", "Co", "Cn")))
IDENTITIES = st.builds(
    Identity,
    port=TEXTS,
    vendor=st.sampled_from(["", "04f2"]),
    product=st.sampled_from(["", "b6d0"]),
    serial=TEXTS,
    driver=TEXTS.filter(bool),
)


@given(IDENTITIES)
def test_an_identity_is_the_same_after_the_way(identity: Identity) -> None:
    known = cut(identity)
    assert unpack_identity(pack_identity(known)) == known
    assert cut(known) == known


def test_cameras_cross_whole() -> None:
    assert unpack_cameras(pack_cameras([OWN, INFRARED])) == (OWN, INFRARED)
    assert unpack_cameras(pack_cameras([])) == ()
    assert unpack_identity(pack_identity(None)) is None


@pytest.mark.parametrize(
    "known",
    [
        Known(),
        Known(frozenset()),
        Known(frozenset({OWN.identity, INFRARED.identity})),
        Known(frozenset({OWN.identity}), frozenset()),
        Known(None, frozenset({(OWN.identity, 7), (OWN.identity, 2**48 - 1)})),
    ],
)
def test_what_is_known_crosses_whole(known: Known) -> None:
    assert unpack_known(pack_known(known)) == known


def test_more_than_fit_are_left_out() -> None:
    many = [replace(OWN, path=f"/dev/video{number}") for number in range(40)]
    assert len(unpack_cameras(pack_cameras(many))) == MOST_CAMERAS
    ports = frozenset(replace(OWN.identity, port=f"usb-{number}") for number in range(40))
    left = unpack_known(pack_known(Known(ports))).trusted
    assert left is not None
    assert len(left) == MOST_CAMERAS
    assert left < ports


@pytest.mark.parametrize(
    "camera",
    [
        replace(OWN, path="/dev/video0/../mem"),
        replace(OWN, path="/dev/video1234"),
        replace(OWN, path=""),
        replace(OWN, seat="seat 0"),
        replace(OWN, name="a\nb"),
        replace(OWN, name="\u202eevil"),
        replace(OWN, identity=replace(OWN.identity, vendor="04F2")),
        replace(OWN, identity=replace(OWN.identity, vendor="4f2")),
        replace(OWN, identity=replace(OWN.identity, driver="")),
        replace(OWN, identity=replace(OWN.identity, serial="a\x1b[31m")),
        replace(OWN, identity=Identity("", "", "", "", "")),
    ],
    ids=str,
)
def test_a_field_out_of_form_refuses_the_list(camera: Camera) -> None:
    with pytest.raises(MessageError):
        unpack_cameras(pack_cameras([INFRARED, camera]))


def test_two_of_one_path_too_many_and_what_lies_behind_are_refused() -> None:
    with pytest.raises(MessageError, match="one path"):
        unpack_cameras(pack_cameras([OWN, replace(INFRARED, path=OWN.path)]))
    good = bytearray(pack_cameras([OWN]))
    for place, byte in ((0, 17), (0, 0), (CAMERAS_SIZE - 1, 1)):
        bad = good.copy()
        bad[place] = byte
        with pytest.raises(MessageError):
            unpack_cameras(bytes(bad))
    with pytest.raises(MessageError):
        unpack_cameras(bytes(good) + b"\0")


def test_ten_thousand_hostile_lists_are_refused_or_well_formed() -> None:
    chance = random.Random(12)
    good = (pack_cameras([OWN, INFRARED]), pack_known(Known(frozenset({OWN.identity}))))
    for turn in range(10_000):
        cameras = turn % 2 == 0
        body = bytearray(good[turn % 2])
        for _ in range(chance.randrange(1, 4)):
            body[chance.randrange(1200)] = chance.randrange(256)
        try:
            if not cameras:
                assert len(unpack_known(bytes(body)).trusted or ()) <= MOST_CAMERAS
                continue
            found = unpack_cameras(bytes(body))
        except MessageError:
            continue
        assert len({one.path for one in found}) == len(found) <= MOST_CAMERAS
        assert all(one.name.isprintable() and one.path[:10] == "/dev/video" for one in found)


def test_what_is_known_out_of_form_is_refused() -> None:
    good = pack_known(Known(frozenset({OWN.identity})))
    for head in (
        (0, 0, 1, 0),
        (1, 0, 17, 0),
        (1, 0, 1, 1),
        (2, 0, 1, 0),
        (1, 2, 1, 0),
        (1, 0, 2, 0),
    ):
        with pytest.raises(MessageError):
            unpack_known(struct.pack("<4B", *head) + good[4:])
    with pytest.raises(MessageError):
        unpack_known(good[: KNOWN_SIZE - 1])
