"""Which cameras may be taken: never one that was plugged in to play somebody's face."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.policy.cameras import (
    Camera,
    Identity,
    Known,
    Obstacle,
    obstacle,
    offered,
    unsupported_format,
    usable,
)
from tests.daemon.camera.cameras import OWN

INFRARED = replace(
    OWN,
    path="/dev/video2",
    identity=replace(OWN.identity, port="usb-0000:00:14.0-6 1-6:1.2"),
    infrared=True,
    formats=("GREY",),
)
PLUGGED = replace(
    OWN,
    path="/dev/video4",
    identity=Identity("usb-0000:00:14.0-2 1-2:1.0", "046d", "0825", "", "uvcvideo"),
    connection=9,
    built_in=False,
)
TRUSTED = Known(trusted=frozenset({OWN.identity, INFRARED.identity}))
LOCKED = replace(TRUSTED, before_lock=frozenset({(OWN.identity, 7), (INFRARED.identity, 7)}))


def why(camera: Camera, known: Known = TRUSTED, infrared: str = "prefer") -> Obstacle | None:
    return obstacle(camera, known, infrared=infrared)


def test_the_own_cameras_are_taken_infrared_first() -> None:
    assert usable([OWN, INFRARED], LOCKED, infrared="prefer") == [INFRARED, OWN]
    assert usable([OWN, INFRARED], LOCKED, infrared="never") == [OWN]
    assert usable([OWN, INFRARED], LOCKED, infrared="only") == [INFRARED]


def test_a_camera_that_nobody_trusted_is_not() -> None:
    assert why(PLUGGED) is Obstacle.UNKNOWN
    assert why(PLUGGED, Known()) is None


def test_where_the_last_one_was_forgotten_none_is_taken() -> None:
    assert why(OWN, Known(trusted=frozenset())) is Obstacle.UNKNOWN


@pytest.mark.parametrize("name", ["port", "vendor", "product", "serial", "driver"])
def test_one_that_differs_in_anything_is_another(name: str) -> None:
    other = replace(OWN, identity=replace(OWN.identity, **{name: "other"}))
    assert why(other) is Obstacle.UNKNOWN


def test_a_name_decides_nothing() -> None:
    assert why(replace(PLUGGED, name=OWN.name)) is Obstacle.UNKNOWN
    assert why(replace(OWN, name="anything")) is None


def test_one_that_came_while_locked_waits_however_much_it_says_it_is_trusted() -> None:
    gadget = replace(OWN, connection=8, built_in=False)
    assert why(gadget, LOCKED) is Obstacle.NEW_WHILE_LOCKED
    assert why(gadget, TRUSTED) is None
    assert why(replace(gadget, connection=7), LOCKED) is None


def test_the_one_in_the_case_may_come_anew_after_a_sleep() -> None:
    assert why(replace(OWN, connection=8), LOCKED) is None
    unknown = replace(OWN, connection=8, identity=replace(OWN.identity, serial="2"))
    assert why(unknown, replace(LOCKED, trusted=None)) is Obstacle.NEW_WHILE_LOCKED


@pytest.mark.parametrize("driver", ["v4l2 loopback", "vivid", "V4L2 Loopback"])
def test_pictures_of_a_program_are_no_camera_even_if_trusted(driver: str) -> None:
    fake = replace(OWN, identity=replace(OWN.identity, driver=driver))
    assert why(fake, Known(frozenset({fake.identity}))) is Obstacle.VIRTUAL


def test_a_camera_of_another_seat_is_left_alone() -> None:
    assert why(replace(OWN, seat="seat1")) is Obstacle.OTHER_SEAT


def test_a_node_that_cannot_be_decoded_is_passed_over_and_named() -> None:
    node = replace(INFRARED, formats=("Y8I ",))
    assert why(node) is Obstacle.FORMAT
    assert usable([node, OWN], TRUSTED, infrared="prefer") == [OWN]
    assert unsupported_format(node) == "/dev/video2: format Y8I is not supported"


def test_only_real_unknown_cameras_are_offered() -> None:
    loop = replace(PLUGGED, identity=replace(PLUGGED.identity, driver="vivid"))
    assert offered([OWN, PLUGGED, loop], {OWN.identity}) == [PLUGGED]


@given(
    st.builds(
        Identity,
        port=st.sampled_from([OWN.identity.port, "elsewhere"]),
        vendor=st.sampled_from(["04f2", "ffff"]),
        product=st.sampled_from(["b6d0", "ffff"]),
        serial=st.sampled_from(["0001", ""]),
        driver=st.sampled_from(["uvcvideo", "vivid"]),
    ),
    st.integers(0, 20),
    st.booleans(),
)
def test_whatever_is_plugged_in_while_locked_is_not_taken(
    identity: Identity, connection: int, infrared: bool
) -> None:
    camera = replace(
        OWN, identity=identity, connection=connection, built_in=False, infrared=infrared
    )
    taken = usable([camera], LOCKED, infrared="prefer") == [camera]
    assert taken == ((identity, connection) == (OWN.identity, 7))
