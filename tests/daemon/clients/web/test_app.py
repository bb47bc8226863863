"""The page by requests: the way in, what it answers, what it refuses."""

import re
from typing import Any

import numpy as np
import pytest

from daemon.clients.web import uploads
from daemon.clients.web.app import create_app
from daemon.clients.web.gate import HEADER, Gate
from tests.daemon.clients.web import pages
from tests.daemon.clients.web.test_uploads import bomb
from tests.models.training import toys

pytest.importorskip("flask")
BASE = "http://127.0.0.1:8000"
CHOSEN = "/look?embedder=patterns&detector=toy"


class Browser:
    """One that was let in, or not yet."""

    def __init__(self, *, let_in: bool = True) -> None:
        self.gate = Gate(8000)
        self.token = self.gate.token
        self.client: Any = create_app(pages.engine(), self.gate).test_client()
        if let_in:
            assert self.get(f"/?token={self.token}").status_code == 303

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(path, base_url=BASE, headers=headers)

    def look(self, content: bytes, path: str = CHOSEN, **headers: str) -> Any:
        given = {HEADER: self.gate.header, "Origin": BASE, **headers}
        return self.client.post(path, base_url=BASE, headers=given, data=content)


def test_the_address_lets_one_browser_in_once() -> None:
    browser = Browser(let_in=False)
    assert browser.get("/").status_code == 403
    answer = browser.get(f"/?token={browser.token}")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    page = browser.get("/")
    assert page.status_code == 200
    assert browser.gate.header in page.text
    again: Any = create_app(pages.engine(), browser.gate).test_client()
    refused = again.get(f"/?token={browser.token}", base_url=BASE)
    assert refused.status_code == 403
    assert "used already" in refused.json["error"]


@pytest.mark.parametrize("token", ["", "x", "é"])
def test_a_wrong_token_is_refused(token: str) -> None:
    browser = Browser(let_in=False)
    answer = browser.get(f"/?token={token}")
    assert answer.status_code == 403
    assert browser.get("/choices").status_code == 403
    assert browser.get(f"/?token={browser.token}").status_code == 303


def test_a_known_face_a_stranger_and_no_face() -> None:
    browser = Browser()
    known = browser.look(pages.png(toys.picture(0, 1))).json
    assert known["verdict"] == "Ada"
    assert [one["name"] for one in known["people"]] == ["Ada", "<b>Bob</b>"]
    assert known["people"][0]["within"]
    assert known["threshold"] == 0.5
    assert known["box"] == pytest.approx([60 / 240, 60 / 240, 100 / 240, 130 / 240])
    assert known["crop"].startswith("data:image/png;base64,")
    stranger = browser.look(pages.png(toys.picture(5, 0))).json
    assert stranger["verdict"] == "a stranger"
    assert "nobody is within 0.500" in stranger["detail"]
    nothing = browser.look(pages.png(np.zeros((240, 240, 3), np.uint8))).json
    assert nothing["verdict"] == "no face"


@pytest.mark.parametrize(
    ("content", "status", "says"),
    [
        (b"text named me.jpg", 422, "no picture"),
        (bomb(60_000, 60_000), 422, "60000 x 60000"),
        (b"", 422, "no picture was sent"),
        (b"x" * (uploads.MOST_BYTES + 1), 413, "too large"),
    ],
)
def test_what_is_no_picture_is_refused_in_words(content: bytes, status: int, says: str) -> None:
    answer = Browser().look(content)
    assert answer.status_code == status
    assert says in answer.json["error"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Host": "evil.example:8000"},
        {HEADER: ""},
        {HEADER: "guess"},
    ],
)
def test_another_sites_request_is_refused_though_the_browser_was_let_in(
    headers: dict[str, str],
) -> None:
    answer = Browser().look(pages.png(toys.picture(0, 0)), **headers)
    assert answer.status_code == 403
    assert answer.json["error"]


@pytest.mark.parametrize("query", ["", "?embedder=patterns", "?embedder=../x&detector=toy"])
def test_what_is_no_choice_is_refused(query: str) -> None:
    answer = Browser().look(pages.png(toys.picture(0, 0)), f"/look{query}")
    assert answer.status_code == 422
    assert "no such embedder" in answer.json["error"]


def test_nothing_from_elsewhere_may_load_and_nothing_is_kept() -> None:
    browser = Browser()
    for path in ("/", "/page.css", "/page.js", "/choices", "/none"):
        headers = browser.get(path).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Content-Type-Options"] == "nosniff"
    for path in ("/", "/page.css", "/page.js"):
        text = browser.get(path).text.replace("http://www.w3.org/2000/svg", "")
        assert not re.findall(r"https?://|//[a-z]+\.", text)
    assert "<style" not in browser.get("/").text
    assert not re.search(r"\son\w+=|\sstyle=", browser.get("/").text)


def test_other_files_and_methods_are_not_there() -> None:
    browser = Browser()
    for path in ("/page.html", "/..%2fapp.py", "/static/page.css", "/look"):
        assert browser.get(path).status_code in (404, 405)
    assert browser.client.put("/", base_url=BASE).status_code == 405
