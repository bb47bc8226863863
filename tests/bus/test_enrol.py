"""Enrolment over the bus: guidance, the preview, what is stored, and who may."""

import os
from typing import cast

from daemon.api import PREVIEW_HEADER_SIZE, Error, PreviewHeader
from daemon.clients.requests.enrol import Ended, Enrolment, EnrolOptions, Guided, Trouble
from daemon.clients.requests.verify import Decided, Progressed, Verification
from enroll.template import Appearance
from tests.bus.asking import attempt, finish, refused
from tests.bus.enrolling import Enrolled, enrolled, followed, longer
from tests.bus.world import Home, World, eventually


def test_a_new_appearance_is_taken_and_works(home: Home) -> None:
    world = home.start()
    with world.client() as client:
        client.call("RemoveUser", "")
        with refused(Error.NOT_ENROLLED):
            attempt(client)
        done = enrolled(client)
        assert (done.outcome, done.reason) == ("enrolled", "")
        assert done.prompts[0] == "look-straight"
        (stored,) = client.call("ListAppearances", "")
        assert (stored["name"], stored["pictures"]) == ("new", done.details["pictures"])
        assert attempt(client).verdict == "matched"


def test_an_empty_chair_is_not_enrolled(home: Home) -> None:
    home.configure("camera", source='"demo:empty"')
    world = home.start()
    with world.client() as client:
        done = enrolled(client, seconds=1.0)
    assert done.outcome == "failed"
    assert "no face" in done.reason
    assert set(done.prompts) == {"move-into-the-picture"}


def test_one_at_a_time_and_no_attempt_meanwhile(home: Home) -> None:
    world = home.start()
    with world.client() as client, world.client() as other:
        with refused(Error.APPEARANCE_EXISTS):
            client.call("StartEnrol", "", "default", {})
        number = client.call("StartEnrol", "", "default", {"replace": True})
        with refused(Error.BUSY):
            other.call("StartEnrol", "", "third", {})
        with refused(Error.BUSY):
            attempt(other)
        with refused(Error.NO_SUCH_REQUEST):
            other.call("StopEnrol", number)
        client.call("StopEnrol", number)
        assert followed(client, number).outcome == "stopped"
        assert attempt(other).verdict == "matched"


def test_an_attempt_that_runs_ends_where_an_enrolment_begins(home: Home) -> None:
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
        assert [one["name"] for one in client.call("ListAppearances", "")] == ["default"]


def _requests(world: World) -> int:
    with world.client() as client:
        return int(client.call("Status")["requests"])


def test_the_preview_shows_pictures_until_the_end(home: Home) -> None:
    world = home.start()
    with world.client() as client:
        number = client.call("StartEnrol", "", "new", {"seconds": 60.0})
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

        def unread(seconds: float) -> Enrolled:
            number = client.call("StartEnrol", "", "new", {"seconds": seconds})
            stream = client.call("OpenPreview", number)
            done = followed(client, number)
            os.close(stream)
            return done

        assert longer(unread, lambda one: one.saw_too_little).outcome == "enrolled"


def test_an_enrolment_ends_with_what_it_is_worth(home: Home) -> None:
    world = home.start()
    with world.client() as client:
        details = enrolled(client).details
    assert 0.0 < cast(float, details["score"]) <= 1.0
    assert 0.0 <= cast(float, details["expected-false-reject"]) <= 1.0
    # The demo's owner never turns her head.
    assert any("turned left" in line for line in cast(list[str], details["advice"]))


def test_a_face_of_another_user_is_refused_and_the_user_not_named(
    home: Home, owner_appearance: Appearance
) -> None:
    home.enrol(owner_appearance, "nobody")
    world = home.start()
    with world.client() as client:
        done = enrolled(client)
        assert done.outcome == "failed"
        assert "another user" in done.reason
        assert "nobody" not in done.reason
        assert [one["name"] for one in client.call("ListAppearances", "")] == ["default"]
        assert enrolled(client, alike=True).outcome == "enrolled"


def test_nobody_else_gets_the_preview(home: Home) -> None:
    world = home.start()
    with world.client() as client, world.client() as other:
        number = client.call("StartEnrol", "", "new", {"seconds": 10.0})
        for guessed in (number, number + 1, 0):
            with refused(Error.NO_SUCH_REQUEST):
                other.call("OpenPreview", guessed)
        os.close(client.call("OpenPreview", number))
        client.call("StopEnrol", number)
        with refused(Error.NO_SUCH_REQUEST):
            client.call("OpenPreview", number)


def test_no_picture_is_left_behind(home: Home) -> None:
    """A picture has 900,000 bytes; nothing that is written comes near."""
    world = home.start()
    with Enrolment(EnrolOptions("new", seconds=60.0), world.address) as enrolment:
        pictures = {
            enrolment.picture.number for _ in enrolment.events() if enrolment.picture is not None
        }
    assert pictures
    written = [path for path in world.folder.rglob("*") if path.is_file()]
    assert world.state / "templates" in {path.parent for path in written}
    assert max(path.stat().st_size for path in written) < 200_000


def test_a_client_follows_an_enrolment_to_its_end(home: Home) -> None:
    world = home.start()

    def follow(seconds: float) -> tuple[set[type], object, bool]:
        with Enrolment(EnrolOptions("new", seconds=seconds), world.address) as enrolment:
            *guidance, last = (event for event in enrolment.events() if event is not None)
            return {type(event) for event in guidance}, last, enrolment.picture is not None

    def too_little(done: tuple[set[type], object, bool]) -> bool:
        return isinstance(done[1], Ended) and not done[1].enrolled

    kinds, last, pictured = longer(follow, too_little)
    assert kinds == {Guided}
    assert isinstance(last, Ended) and last.enrolled
    assert pictured


def test_a_client_that_stops_is_told_so(home: Home) -> None:
    world = home.start()
    with Enrolment(EnrolOptions("new"), world.address) as enrolment:
        enrolment.stop()
        last = [event for event in enrolment.events() if event is not None][-1]
    assert isinstance(last, Ended)
    assert last.outcome == "stopped"
    assert not last.enrolled


def test_an_enrolment_ends_with_the_session_it_was_begun_from(home: Home) -> None:
    """Else it would go on showing, and enrol, whoever sits down next."""
    home.configure("camera", source='"demo:empty"')
    world = home.start()
    with Enrolment(EnrolOptions("new", seconds=60.0), world.address) as enrolment:
        for event in enrolment.events():
            if isinstance(event, Guided):
                break
        world.logind("EndSession", "s", "1")
        *_, last = (event for event in enrolment.events() if event is not None)
    assert isinstance(last, Ended)
    assert (last.outcome, last.reason) == ("failed", "the session has ended")


def test_a_camera_that_is_not_there_is_told_while_it_lasts(home: Home) -> None:
    home.configure("camera", source='"/dev/video97"')
    world = home.start()
    with Enrolment(EnrolOptions("new", seconds=20.0), world.address) as enrolment:
        event = next(event for event in enrolment.events() if event is not None)
    assert isinstance(event, Ended | Trouble)
    text = event.line if isinstance(event, Trouble) else event.reason
    assert "/dev/video97" in text or "no camera" in text


def test_an_attempt_is_followed_to_its_verdict(home: Home) -> None:
    world = home.start()

    def lights() -> set[str]:
        with Verification("", 60.0, world.address) as look_:
            *seen, last = (event for event in look_.events() if event is not None)
        assert isinstance(last, Decided)
        assert last.matched
        return {one.light for one in seen if isinstance(one, Progressed)}

    # Progress is told every tenth of a second: three frames that come at once after a wait are not.
    eventually(lambda: "green" in lights(), "a green light")
