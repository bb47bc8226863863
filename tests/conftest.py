"""What every test shares: one cache, the fetched weights, fast tests first."""

import os

import pytest

from models import catalogue, fetch, weights
from tests.data import ROOT, data_folder

os.environ.setdefault("FACELATCH_CACHE", str(ROOT / ".cache"))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts the slow tests last: what is broken shows within seconds."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is not None)


@pytest.fixture(scope="session", autouse=True)
def _mobilefacenet_weights() -> None:
    """Fetches MobileFaceNet from the shared data, where that is, as a person would from a mirror.

    Here and not in a script, so that the same tests run however pytest was started.
    """
    spec = catalogue.spec("mobilefacenet")
    mirror = data_folder() / "weights" / "mobilefacenet"
    if weights.installed(spec) or not mirror.is_dir():
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FACELATCH_MIRROR", str(mirror))
        fetch.fetch(spec)
