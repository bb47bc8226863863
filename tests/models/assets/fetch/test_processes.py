"""Two that fetch at once do not meet, and one that is killed is followed up by the next."""

import signal
import subprocess
import sys

from models.assets import fetch, weights
from models.assets.catalogue import ModelSpec
from tests.data import ROOT
from tests.models.assets.fetch.fetching import HALF, NAME, fails, present
from tests.models.fakes import CONTENT
from tests.models.web import Web
from tests.waiting import eventually

_CHILD = """
import sys
from models.assets import fetch
from tests.models.fakes import download, model
fetch.fetch(model(download(sys.argv[1])))
"""


def test_two_at_once_do_not_meet(web: Web, spec: ModelSpec) -> None:
    web.pause_after = HALF
    with _fetching(f"{web.base}/{NAME}") as child:
        _wait_for_part()
        fails(spec, "another facelatch fetches fake")
        web.go_on.set()
        assert child.wait(60) == 0
    assert weights.read_source(spec, spec.sources[0]) == CONTENT


def test_killed_in_the_middle_nothing_is_installed_and_the_next_one_resumes(
    web: Web, spec: ModelSpec
) -> None:
    web.pause_after = HALF
    with _fetching(f"{web.base}/{NAME}") as child:
        _wait_for_part()
        child.send_signal(signal.SIGKILL)
        child.wait()
    assert not weights.installed(spec)
    web.pause_after = None
    fetch.fetch(spec)
    assert present() == {NAME}


def _fetching(url: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", _CHILD, url], cwd=ROOT)


def _wait_for_part() -> None:
    # How much of it a file's buffer holds back depends on Python's version.
    part = weights.weights_folder() / f"{NAME}.part"
    eventually(lambda: part.exists() and part.stat().st_size > 0, "a transfer")
