"""`facelatch bench` from the command line, with contestants that need no network."""

import json
from collections.abc import Callable, Sequence

import pytest

from daemon.clients.cli.evaluation import bench_liveness
from daemon.clients.cli.main import main
from daemon.recognition.models import Models
from daemon.sources.base import Frame
from models import zoo
from models.evaluation.speed import race
from models.evaluation.speed.race import Entry, Result
from models.evaluation.speed.summary import Lap, timing
from models.liveness.evidence import CueEvidence, Observation
from models.liveness.suite import Suite
from models.types import Detection, Image
from tests.daemon.fakes import ADA, CRITERION, FakeDetector, FakeEmbedder, picture

MILLISECONDS = {
    "following": 4.0,
    "first_frame": 9.0,
    "full_detection": 12.0,
    "howdy": 100.0,
    "howdy_full_frame": 140.0,
    "mtcnn_tensorflow": 200.0,
}


class Loaded:
    name = "resnet"


def raced(
    entries: Sequence[Entry], frames: int, *, progress: Callable[[int, int], None]
) -> dict[str, Result]:
    progress(1, 1)
    facts = {"embedder": "resnet", "precision": "int8", "model_id": "resnet:0", "detector": "mtcnn"}
    return {
        entry.label: Result(
            entry.label,
            timing([Lap({"detect": 1.0}, MILLISECONDS[entry.label], 1)] * frames),
            facts,
        )
        for entry in entries
    }


@pytest.fixture(autouse=True)
def fakes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zoo, "load_embedder", lambda *_, **__: Loaded())
    monkeypatch.setattr(zoo, "load_detector", lambda *_, **__: Loaded())
    monkeypatch.setattr(race, "run", raced)


def test_json_has_the_promised_keys(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "--json", "--frames", "3", "--no-cold-start"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["frame_ms"] == {"median": 4.0, "p95": 4.0, "mean": 4.0}
    assert report["stages_ms"]["detect"]["median"] == 1.0
    assert report["peers"]["howdy"]["ratio"] == 25.0
    assert report["peers"]["mtcnn_tensorflow"]["ratio"] == 50.0
    assert report["peers"]["howdy"]["found"] == report["peers"]["howdy"]["frames"] == 3
    assert report["cold_start"] is None


def test_without_peers_only_ours_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "--no-peers", "--no-cold-start", "--frames", "2"]) == 0
    out, _ = capsys.readouterr()
    assert "Facelatch" in out
    assert "Howdy" not in out
    assert "mtcnn runs at its default" not in out


@pytest.mark.parametrize("frames", ["0", "-1", "2001"])
def test_frames_have_bounds(frames: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "--frames", frames]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "--frames must be 1 to 2000" in err


def test_our_own_failure_is_an_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(entries: Sequence[Entry], *_: object, **__: object) -> dict[str, Result]:
        return {entry.label: Result(entry.label, None, {}, "it broke") for entry in entries}

    monkeypatch.setattr(race, "run", broken)
    assert main(["bench", "--no-cold-start"]) == 2
    assert "cannot time our own pipeline: it broke" in capsys.readouterr().err


def test_the_store_is_timed_with_people_in_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")
    assert main(["bench", "--templates", "--users", "3", "--looks", "2", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["users"], report["appearances"]) == (3, 2)
    found = {row["work"]: row for row in report["timings"]}
    assert set(found) == {"write one user", "open one user", "match one user"} | {
        "identify among all"
    }
    assert all(0.0 < row["median ms"] <= row["95th percentile ms"] for row in found.values())
    assert found["open one user"]["may take ms"] == 5.0


@pytest.mark.parametrize("wrong", [("--users", "0"), ("--looks", "17"), ("--users", "10001")])
def test_a_store_of_no_or_endless_people_is_refused(
    capsys: pytest.CaptureFixture[str], wrong: tuple[str, str]
) -> None:
    assert main(["bench", "--templates", *wrong]) == 2
    assert "--users must be 1 to" in capsys.readouterr().err


def test_liveness_is_timed_in_turns() -> None:
    """By a clock that a frame with the cues takes three seconds of, and one without them one."""
    spent = [0.0]

    class Costs:
        name = "costs"

        def observe(self, observation: Observation) -> None:
            assert observation.time == pytest.approx(round(30 * observation.time) / 30)
            spent[0] += 2.0

        def reset(self) -> None: ...

        def evidence(self) -> CueEvidence:
            return CueEvidence(self.name, 0.0, "nothing")

    class Detects(FakeDetector):
        def detect(self, image: Image) -> list[Detection]:
            spent[0] += 1.0
            return super().detect(image)

    models = Models(Detects(), "fake", FakeEmbedder(), CRITERION, Suite([Costs()]))
    frames = [Frame(picture(ADA), 0.1 * index, index) for index in range(40)]
    cost = bench_liveness.measure(models, "ada", frames, 3, lambda: spent[0])
    assert cost.added == pytest.approx(2000.0)
    assert (cost.frames, len(cost.with_cues), len(cost.without)) == (40, 3, 3)
    assert cost.row()["of each turn"] == "2000.0, 2000.0, 2000.0"
