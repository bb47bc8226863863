"""A server that sends something else than what was published: nothing of it is kept."""

import hashlib

import pytest

from models.assets import fetch
from models.assets.catalogue import Download, ModelSpec
from tests.models.assets.fetch.fetching import HALF, NAME, fails, present
from tests.models.fakes import CONTENT, download, model
from tests.models.web import Web


@pytest.mark.parametrize("size", [-1, None])
def test_a_wrong_digest_is_refused_and_nothing_is_kept(web: Web, size: int | None) -> None:
    web.files[f"/{NAME}"] = CONTENT[:-1] + b"x"
    error = fails(model(download(f"{web.base}/{NAME}", size=size)), "something else than the")
    assert "nothing of it is kept" in error.hint
    assert present() == set()


@pytest.mark.parametrize("sent", [CONTENT + b"x", CONTENT[:-1], b""])
def test_a_file_of_another_size_is_refused_before_it_comes(
    web: Web, spec: ModelSpec, sent: bytes
) -> None:
    web.files[f"/{NAME}"] = sent
    fails(spec, f"offers {len(sent)} bytes")
    assert present() == set()


def test_more_than_was_stated_is_cut_off_and_thrown_away(web: Web, spec: ModelSpec) -> None:
    web.announce = False
    web.files[f"/{NAME}"] = CONTENT * 2
    fails(spec, "sends more than")
    assert present() == set()


def test_more_than_any_file_has_is_refused(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "DOWNLOAD_LIMIT", HALF)
    spec = model(download(f"{web.base}/{NAME}", size=None))
    fails(spec, f"at most {HALF} bytes")
    web.announce = False
    fails(spec, "sends more than")
    assert present() == set()


def test_an_encoded_answer_is_refused(web: Web, spec: ModelSpec) -> None:
    web.extra["Content-Encoding"] = "gzip"
    fails(spec, "encodes the file")


def test_digests_are_compared_whole(web: Web) -> None:
    digest = hashlib.sha256(CONTENT).hexdigest()
    nearly = digest[:-1] + ("0" if digest[-1] != "0" else "1")
    fails(model(Download(f"{web.base}/{NAME}", NAME, nearly, None)), "something else")
