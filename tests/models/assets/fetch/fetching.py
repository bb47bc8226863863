"""What the tests of downloads share: a file to fetch, and what is left of it on the disk."""

import pytest

from models import files
from models.assets import fetch, weights
from models.assets.catalogue import ModelSpec
from models.errors import DownloadError
from tests.models.fakes import CONTENT

NAME = "weights.bin"
HALF = len(CONTENT) // 2


def present() -> set[str]:
    """Everything in the folder of weights but the lock."""
    folder = weights.weights_folder()
    return {path.name for path in folder.iterdir() if path.suffix != ".lock"}


def fails(spec: ModelSpec, says: str, *, timeout: float = 5.0) -> DownloadError:
    """Fetches and expects one line of error that contains `says`."""
    with pytest.raises(DownloadError) as caught:
        fetch.fetch(spec, timeout=timeout)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
    assert weights.source_path(spec.sources[0]) is None
    return caught.value


def leave_partial(content: bytes) -> None:
    files.make_folder(weights.weights_folder())
    (weights.weights_folder() / f"{NAME}.part").write_bytes(content)
