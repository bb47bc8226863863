from models.liveness.fusion import Decision
from models.liveness.lasting import DENIED_SECONDS, DOUBT_SECONDS, LIVE_SECONDS, Lasting


def _after(*seen: tuple[float, Decision]) -> Lasting:
    lasting = Lasting()
    for time, decision in seen:
        lasting.see(time, decision)
    return lasting


def test_life_must_last_without_a_break() -> None:
    assert not _after((0.0, "live")).live
    assert _after((0.0, "live"), (LIVE_SECONDS, "live")).live
    assert not _after((0.0, "live"), (0.05, "unclear"), (LIVE_SECONDS, "live")).live
    assert not Lasting().live


def test_a_denial_must_last_and_casts_doubt_on_the_life_after_it() -> None:
    assert not _after((0.0, "not live"), (0.9 * DENIED_SECONDS, "not live")).denied
    assert _after((0.0, "not live"), (DENIED_SECONDS, "not live")).denied
    for time, live in ((0.9 * DOUBT_SECONDS, False), (DOUBT_SECONDS, True)):
        assert _after((0.0, "not live"), (0.5, "live"), (time, "live")).live == live


def test_another_face_begins_anew_but_an_attack_stays_seen() -> None:
    lasting = _after((0.0, "live"))
    lasting.begin_anew()
    lasting.see(LIVE_SECONDS, "live")
    assert not lasting.live
    lasting = _after((0.0, "not live"))
    lasting.begin_anew()
    lasting.see(DENIED_SECONDS, "not live")
    assert not lasting.denied
    lasting.see(DENIED_SECONDS + 0.1, "live")
    lasting.see(DENIED_SECONDS + 0.3, "live")
    assert not lasting.live
