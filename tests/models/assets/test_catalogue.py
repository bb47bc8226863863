"""The facts about every model."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.assets.catalogue import (
    AUTO_EMBEDDERS,
    DOWNLOAD_LIMIT,
    MODELS,
    Download,
    ModelSpec,
    PackageFile,
    spec,
)
from models.assets.weights import source_digest
from models.embedders.spec import EMBEDDERS
from models.errors import UsageError

DIGEST = "0" * 64


def test_the_design_names_these_models_and_digests() -> None:
    assert set(MODELS) > {"haar", "mtcnn", "facenet", "mobilefacenet", "resnet"}
    digests = {source.sha256 for model in MODELS.values() for source in model.sources}
    assert digests >= {
        "8b71e7045497e841c00ee568f031d1a4d30908fceadf6884aef2dec4d545202b",
        "b7120c095d60094f28a4a54ba6a8bf51b297a6273fb40ef6350dfec1f63d9507",
    }


def test_every_model_says_where_it_is_from_and_under_which_licence() -> None:
    for model in MODELS.values():
        assert model.sources
        assert model.licence
        assert model.origin
        assert model.title


def test_auto_means_embedders_that_can_be_run() -> None:
    assert set(AUTO_EMBEDDERS) == set(EMBEDDERS)
    assert all(MODELS[name].kind == "embedder" for name in AUTO_EMBEDDERS)


def test_no_two_models_share_weights() -> None:
    assert len({source_digest(model) for model in MODELS.values()}) == len(MODELS)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("facenett", "did you mean facenet?"),
        ("FaceNet", "did you mean facenet?"),
        ("mtcn", "did you mean mtcnn?"),
        ("zzz", "one of: haar, mtcnn"),
        ("", "one of: haar, mtcnn"),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest(name: str, says: str) -> None:
    with pytest.raises(UsageError) as caught:
        spec(name)
    assert says in str(caught.value)
    assert "one of:" in str(caught.value)


@given(st.text(max_size=2000))
def test_any_other_name_is_one_short_line(name: str) -> None:
    if name in MODELS:
        return
    with pytest.raises(UsageError) as caught:
        spec(name)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 1000


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".hidden", "-x", "a b", "a\n", "x" * 65, "Ä"])
def test_a_model_cannot_have_a_name_that_is_a_path(name: str) -> None:
    with pytest.raises(UsageError, match="name"):
        ModelSpec(name, "embedder", "", "", "", (), ())
    with pytest.raises(UsageError, match="network name"):
        ModelSpec("fine", "embedder", "", "", "", (), (name,))


@pytest.mark.parametrize("name", ["", "../x", "a/b", "/etc/passwd", ".part", "-rf", "a\0"])
def test_a_download_cannot_have_a_name_that_is_a_path(name: str) -> None:
    with pytest.raises(UsageError, match="filename"):
        Download("https://example.org/x", name, DIGEST, 1)


@pytest.mark.parametrize("path", ["", "/etc/passwd", "../x", "a/../x", "a//b", "a/./b"])
def test_a_package_file_cannot_leave_its_package(path: str) -> None:
    with pytest.raises(UsageError, match="path"):
        PackageFile("cv2", path, DIGEST, 1)


@pytest.mark.parametrize("url", ["", "ftp://x/y", "file:///x", "//x/y", "HTTPS"])
def test_a_download_comes_from_the_web(url: str) -> None:
    with pytest.raises(UsageError, match="url"):
        Download(url, "x", DIGEST, 1)


@pytest.mark.parametrize("digest", ["", "0" * 63, "0" * 65, "G" * 64, "A" * 64, "0" * 64 + "\n"])
def test_a_digest_is_64_hexadecimal_digits(digest: str) -> None:
    with pytest.raises(UsageError, match="sha256"):
        Download("https://example.org/x", "x", digest, 1)
    with pytest.raises(UsageError, match="sha256"):
        PackageFile("cv2", "x", digest, 1)


@pytest.mark.parametrize("size", [0, -1, DOWNLOAD_LIMIT + 1])
def test_a_size_is_bounded(size: int) -> None:
    with pytest.raises(UsageError, match="size"):
        Download("https://example.org/x", "x", DIGEST, size)
    with pytest.raises(UsageError, match="size"):
        PackageFile("cv2", "x", DIGEST, size)
