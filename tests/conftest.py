"""What every test shares: one cache, the fetched weights, the order from fast to slow."""

import os

import pytest

from models.assets import catalogue, fetch, weights
from tests.data import ROOT, data_folder

os.environ.setdefault("FACELATCH_CACHE", str(ROOT / ".cache"))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
# Read by OpenCV once, at the first video of a process: here a test may write one before ours are
# opened, which set it themselves (`daemon.sources.opencv.quieten`).
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")

_FOLDERS = {"bus": 1, "ui": 2, "machine": 4, "camera": 5}
_SLOW = 3


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What is broken shows within seconds: tests of parts first, then those that start a daemon,
    then those that open windows, then what takes minutes.
    """
    items.sort(key=_tier)


def _tier(item: pytest.Item) -> int:
    folder = item.path.relative_to(ROOT / "tests").parts[0]
    return max(_FOLDERS.get(folder, 0), _SLOW * (item.get_closest_marker("slow") is not None))


_MIRRORS = {
    "mobilefacenet": "mobilefacenet",
    "mbf": "mbf",
    "facemesh": "human",
    "iris": "human",
    "minifasnet-v2": "antispoof/minivision",
    "minifasnet-v1se": "antispoof/minivision",
    "minifasnet-v2se": "antispoof/vietanh954",
}
"""Where the shared data keeps the weights of a model, under its folder `weights`."""


@pytest.fixture(scope="session", autouse=True)
def _fetched_weights() -> None:
    """Fetches weights from the shared data, where that is, as a person would from a mirror.

    Here and not in a script, so that the same tests run however pytest was started.
    """
    for name, folder in _MIRRORS.items():
        spec = catalogue.spec(name)
        mirror = data_folder() / "weights" / folder
        if weights.installed(spec) or not mirror.is_dir():
            continue
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("FACELATCH_MIRROR", str(mirror))
            fetch.fetch(spec)
