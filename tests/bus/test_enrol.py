"""Enrolment over the bus: guidance, the preview, what is stored, and who may."""

import os

from daemon.clients.bus import Client
from daemon.contract import PREVIEW_HEADER_SIZE, Error, PreviewHeader
from tests.bus.world import PATIENCE, Home, World, eventually, finish, look, refused


def ended(client: Client, number: int) -> tuple[str, str, dict[str, object], list[str]]:
    """Waits for the end of an enrolment: outcome, reason, details, prompts."""
    prompts: list[str] = []
    for heard in client.signals(seconds=PATIENCE):
        if heard.name == "EnrolGuidance":
            prompts.append(heard.values[1])
        if heard.name == "EnrolFinished" and heard.values[0] == number:
            outcome, reason, details = heard.values[1:]
            return outcome, reason, details, prompts
    raise AssertionError("the enrolment did not end")


def test_a_new_look_is_taken_and_works(home: Home) -> None:
    world = home.start()
    with world.client() as client:
        client.call("RemoveUser", "")
        with refused(Error.NOT_ENROLLED):
            look(client)
        number = client.call("StartEnrol", "", "new", {"seconds": 5.0})
        outcome, reason, details, prompts = ended(client, number)
        assert (outcome, reason) == ("enrolled", "")
        assert prompts[0] == "look-straight"
        (stored,) = client.call("ListLooks", "")
        assert (stored["name"], stored["pictures"]) == ("new", details["pictures"])
        assert look(client).verdict == "matched"


def test_an_empty_chair_is_not_enrolled(home: Home) -> None:
    home.configure("camera", source='"demo:empty"')
    world = home.start()
    with world.client() as client:
        number = client.call("StartEnrol", "", "new", {"seconds": 1.0})
        outcome, reason, _, prompts = ended(client, number)
    assert outcome == "failed"
    assert "no face" in reason
    assert set(prompts) == {"move-into-the-picture"}


def test_one_at_a_time_and_no_look_meanwhile(home: Home) -> None:
    world = home.start()
    with world.client() as client, world.client() as other:
        with refused(Error.LOOK_EXISTS):
            client.call("StartEnrol", "", "default", {})
        number = client.call("StartEnrol", "", "default", {"replace": True})
        with refused(Error.BUSY):
            other.call("StartEnrol", "", "third", {})
        with refused(Error.BUSY):
            look(other)
        with refused(Error.NO_SUCH_REQUEST):
            other.call("StopEnrol", number)
        client.call("StopEnrol", number)
        assert ended(client, number)[0] == "stopped"
        assert look(other).verdict == "matched"


def test_a_look_that_runs_ends_where_an_enrolment_begins(home: Home) -> None:
    home.configure("camera", source='"demo:empty"')
    world = home.start()
    with world.client() as client, world.client() as other:
        number = client.call("StartVerify", "", {"seconds": 30.0})
        enrolment = other.call("StartEnrol", "", "new", {})
        assert finish(client, number).verdict == "undecided"
        other.call("StopEnrol", enrolment)


def test_a_client_that_dies_stores_nothing(home: Home) -> None:
    world = home.start()
    with world.client() as client:
        client.call("StartEnrol", "", "new", {})
    eventually(lambda: _requests(world) == 0, "the end of the enrolment")
    with world.client() as client:
        assert [one["name"] for one in client.call("ListLooks", "")] == ["default"]


def _requests(world: World) -> int:
    with world.client() as client:
        return int(client.call("Status")["requests"])


def test_the_preview_shows_pictures_until_the_end(home: Home) -> None:
    world = home.start()
    with world.client() as client:
        number = client.call("StartEnrol", "", "new", {"seconds": 3.0})
        stream = os.fdopen(client.call("OpenPreview", number), "rb")
        with stream:
            pictures = []
            for _ in range(3):
                header = PreviewHeader.unpack(stream.read(PREVIEW_HEADER_SIZE))
                pixels = stream.read(header.payload_size)
                assert len(pixels) == header.payload_size
                pictures.append((header.number, (header.width, header.height)))
            assert [size for _, size in pictures] == [(640, 480)] * 3
            assert sorted({one for one, _ in pictures}) == [one for one, _ in pictures]
            client.call("StopEnrol", number)
            while stream.read(65536):
                pass


def test_a_reader_that_reads_nothing_holds_nobody_up(home: Home) -> None:
    world = home.start()
    with world.client() as client:
        number = client.call("StartEnrol", "", "new", {"seconds": 3.0})
        stream = client.call("OpenPreview", number)
        assert ended(client, number)[0] == "enrolled"
        os.close(stream)
