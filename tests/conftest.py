"""What every test shares: one cache, the fetched weights, the order from fast to slow."""

import fcntl
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from models.assets import catalogue, fetch, weights
from tests.data import ROOT, data_folder

# How long an example takes depends on what else the machine does.
settings.register_profile(
    "any-machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any-machine")

os.environ.setdefault("FACELATCH_CACHE", str(ROOT / ".cache"))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
# Read by OpenCV once, at the first video of a process: here a test may write one before ours are
# opened, which set it themselves (`daemon.sources.opencv.quieten`).
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")

_FOLDERS = {"bus": 1, "ui": 2, "machine": 4, "camera": 5}
_SLOW = 3
_SIDE_BY_SIDE = (4, 5, 0, 3, 1, 2)
"""The order of the tiers where several processes run: a machine mostly waits, and is one long
piece; what drives a daemon comes in small pieces, which keep all of them busy to the end.
"""
_MOST_PROCESSES = 9


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What is broken shows within seconds: tests of parts first, then those that start a daemon,
    then those that open windows, then what takes minutes.
    """
    if not hasattr(config, "workerinput"):
        items.sort(key=_tier)
        return
    from tests.side_by_side import wants_networks

    items.sort(key=lambda one: (_SIDE_BY_SIDE.index(_tier(one)), wants_networks(one.nodeid)))


def _tier(item: pytest.Item) -> int:
    folder = item.path.relative_to(ROOT / "tests").parts[0]
    return max(_FOLDERS.get(folder, 0), _SLOW * (item.get_closest_marker("slow") is not None))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One process more than there are processors, since some wait for a daemon; as many more as
    mostly wait for a machine, where machines are booted.
    """
    from tests.side_by_side import AT_ONCE

    waiting = AT_ONCE if os.environ.get("FACELATCH_TEST_MACHINE") else 1
    return min(len(os.sched_getaffinity(0)) + waiting, _MOST_PROCESSES)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """See `tests.side_by_side`."""
    from tests.side_by_side import Scheduling

    config.option.loadscopereorder = False  # the order of the collection is meant
    return Scheduling(config, log)


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
    cache = Path(os.environ["FACELATCH_CACHE"])
    cache.mkdir(parents=True, exist_ok=True)
    # One process after the other: a download that is under way is refused to a second one.
    with (cache / "tests.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _fetch_all()


def _fetch_all() -> None:
    for name, folder in _MIRRORS.items():
        spec = catalogue.spec(name)
        mirror = data_folder() / "weights" / folder
        if weights.installed(spec) or not mirror.is_dir():
            continue
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("FACELATCH_MIRROR", str(mirror))
            fetch.fetch(spec)
