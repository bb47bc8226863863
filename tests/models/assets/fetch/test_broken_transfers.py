"""Transfers that break, drip or hang, and how the next one goes on where they ended."""

import pytest

from models.assets import fetch, weights
from models.assets.catalogue import ModelSpec
from tests.models.assets.fetch.fetching import HALF, NAME, fails, leave_partial, present
from tests.models.fakes import CONTENT, download, model
from tests.models.web import Web


def test_a_truncated_transfer_is_kept_and_resumed(web: Web, spec: ModelSpec) -> None:
    web.cut = HALF
    error = fails(spec, f"sent {HALF} of {len(CONTENT)} bytes")
    assert f"{HALF} bytes are kept, run it again to resume" in error.hint
    assert present() == {f"{NAME}.part"}
    web.cut = None
    assert fetch.fetch(spec)[0].outcome == "resumed"
    assert web.asked[-1] == (f"/{NAME}", f"bytes={HALF}-")
    assert weights.read_source(spec, spec.sources[0]) == CONTENT
    assert present() == {NAME}


def test_a_transfer_breaks_many_times_and_still_ends_well(web: Web, spec: ModelSpec) -> None:
    web.cut = len(CONTENT) // 5 + 1
    for _ in range(4):
        fails(spec, "bytes are kept")
    assert fetch.fetch(spec)[0].outcome == "resumed"


def test_a_file_that_changed_on_the_server_starts_anew(web: Web, spec: ModelSpec) -> None:
    web.files[f"/{NAME}"] = b"?" * len(CONTENT)
    web.cut = HALF
    fails(spec, "bytes are kept")
    web.files[f"/{NAME}"], web.cut = CONTENT, None
    assert fetch.fetch(spec)[0].outcome == "fetched"
    assert [asked[1] for asked in web.asked] == [None, f"bytes={HALF}-", None]


def test_a_server_without_ranges_sends_everything_again(web: Web, spec: ModelSpec) -> None:
    leave_partial(CONTENT[:HALF])
    web.ranges = False
    assert fetch.fetch(spec)[0].outcome == "fetched"


def test_an_older_part_that_does_not_fit_is_replaced_in_the_same_run(
    web: Web, spec: ModelSpec
) -> None:
    leave_partial(b"?" * HALF)
    assert fetch.fetch(spec)[0].outcome == "fetched"
    assert [asked[1] for asked in web.asked] == [f"bytes={HALF}-", None]


@pytest.mark.parametrize("size", [-1, None])
@pytest.mark.parametrize("left", [b"?" * len(CONTENT), CONTENT + b"?"])
def test_a_part_that_is_too_long_or_wrong_is_thrown_away(
    web: Web, size: int | None, left: bytes
) -> None:
    leave_partial(left)
    got = fetch.fetch(model(download(f"{web.base}/{NAME}", size=size)))
    assert got[0].path.read_bytes() == CONTENT


@pytest.mark.parametrize("size", [-1, None])
def test_a_part_that_is_whole_is_installed_without_asking(web: Web, size: int | None) -> None:
    leave_partial(CONTENT)
    fetch.fetch(model(download(f"{web.base}/{NAME}", size=size)))
    assert not web.asked
    assert present() == {NAME}


@pytest.mark.parametrize("said", ["bytes 0-9/10", "bytes x", "", "bytes 5-", "elephants"])
def test_a_part_other_than_the_one_asked_for_is_not_taken(
    web: Web, spec: ModelSpec, said: str
) -> None:
    leave_partial(CONTENT[:HALF])
    web.extra["Content-Range"] = said
    assert fetch.fetch(spec)[0].outcome == "fetched"


def test_a_server_that_says_nothing_is_given_up(web: Web, spec: ModelSpec) -> None:
    web.pause_after = HALF
    error = fails(spec, "no answer for 0.2 s", timeout=0.2)
    assert f"{HALF} bytes are kept" in error.hint


def test_a_server_that_only_drips_is_given_up(
    spec: ModelSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.assets.transfer._WINDOW_S", 0.0)
    monkeypatch.setattr("models.assets.transfer._SLOWEST_BYTES_PER_S", 1e12)
    fails(spec, "next to nothing")


def test_nobody_listens() -> None:
    fails(model(download(f"http://127.0.0.1:9/{NAME}")), "127.0.0.1: Connection refused")


@pytest.mark.parametrize("status", [204, 304, 401, 404, 500])
def test_a_refusal_names_its_code(web: Web, spec: ModelSpec, status: int) -> None:
    web.status = status
    fails(spec, f"answered {status}")


def test_four_troubles_are_told_apart(web: Web, spec: ModelSpec) -> None:
    web.status = 401
    assert "who you are" in fails(spec, "answered 401 Unauthorized").hint
    web.status = 404
    assert "not there" in fails(spec, "answered 404 Not Found").hint
    web.status = None
    web.extra["Content-Type"] = "Text/HTML; charset=utf-8"
    assert "login page" in fails(spec, "answered with a web page instead of the file").hint
    assert present() == set()
