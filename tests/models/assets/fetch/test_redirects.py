"""Redirects are followed to the web only, never in a circle, never from https down to http."""

from pathlib import Path

import pytest

from models.assets import fetch
from tests.models.assets.fetch.fetching import NAME, fails
from tests.models.fakes import CONTENT, download, model
from tests.models.web import Web, make_certificate, serving


def test_a_redirect_is_followed(web: Web) -> None:
    web.redirects["/old.bin"] = f"{web.base}/{NAME}"
    assert fetch.fetch(model(download(f"{web.base}/old.bin")))[0].outcome == "fetched"


def test_what_a_server_says_cannot_command_the_terminal(web: Web) -> None:
    web.redirects["/old.bin"] = "gopher://\x1b[31mred\x07"
    error = fails(model(download(f"{web.base}/old.bin")), "redirects to")
    assert str(error).isprintable()


@pytest.mark.parametrize(
    "target", ["file:///etc/passwd", "ftp://127.0.0.1/x", "data:,x", "javascript:x", "http://["]
)
def test_a_redirect_to_anything_but_the_web_is_refused(web: Web, target: str) -> None:
    web.redirects["/old.bin"] = target
    fails(model(download(f"{web.base}/old.bin")), "redirects to")


def test_a_redirect_in_a_circle_ends(web: Web) -> None:
    web.redirects["/old.bin"] = "/old.bin"
    fails(model(download(f"{web.base}/old.bin")), "redirects too often")
    assert len(web.asked) <= 10


def test_https_is_not_led_back_to_http(
    web: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = make_certificate(tmp_path / "server.pem")
    with serving(certificate) as secure:
        secure.files[f"/{NAME}"] = CONTENT
        fails(model(download(f"{secure.base}/{NAME}")), "certificate is not trusted")
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        secure.redirects["/down.bin"] = f"{web.base}/{NAME}"
        fails(model(download(f"{secure.base}/down.bin")), "which is not https")
        assert not web.asked
        secure.redirects["/same.bin"] = f"{secure.base}/{NAME}"
        assert fetch.fetch(model(download(f"{secure.base}/same.bin")))[0].outcome == "fetched"
