"""The report of a race: promised keys, ratios, and reasons where a peer did not run."""

import json
from dataclasses import replace

import pytest

from models.evaluation.speed.coldstart import ColdStart
from models.evaluation.speed.race import Result
from models.evaluation.speed.report import Report
from models.evaluation.speed.summary import Lap, timing
from models.evaluation.versions import processor_features

FACTS = {
    "embedder": "resnet",
    "precision": "int8",
    "model_id": "resnet:0123",
    "detector": "mtcnn",
}


def result(label: str, milliseconds: float) -> Result:
    lap = Lap({"detect": milliseconds / 2, "embed": milliseconds / 2}, milliseconds, 1)
    tracked = label == "following"
    timed = replace(lap, tracked=tracked, processor_ms=milliseconds / 2)
    return Result(label, timing([timed] * 4), FACTS)


def report() -> Report:
    results = {
        "following": result("following", 4.0),
        "first_frame": result("first_frame", 8.0),
        "full_detection": result("full_detection", 10.0),
        "howdy": result("howdy", 100.0),
        "mtcnn_tensorflow": Result("mtcnn_tensorflow", None, {}, "mtcnn is not installed"),
    }
    return Report(results, ColdStart(0.8, 96.0, 3), "")


def test_the_keys_that_were_promised() -> None:
    found = json.loads(json.dumps(report().as_json(), allow_nan=False))
    assert found["frame_ms"] == {"median": 4.0, "p95": 4.0, "mean": 4.0}
    assert found["frame_ms_tracked"] == {"median": 4.0, "p95": 4.0, "mean": 4.0}
    assert found["frame_ms_tracked_embedded"] == {"median": 4.0, "p95": 4.0, "mean": 4.0}
    assert found["processor_ms"] == {"median": 2.0, "p95": 2.0, "mean": 2.0}
    assert found["processor_ms_tracked"] == {"median": 2.0, "p95": 2.0, "mean": 2.0}
    assert found["first_frame"]["processor_ms"]["mean"] == 4.0
    assert found["peers"]["howdy"]["ratio_processor"] == 25.0
    assert found["cpu_features"] == list(processor_features())
    assert found["stages_ms"]["detect"]["median"] == 2.0
    assert found["peers"]["howdy"]["median"] == 100.0
    assert found["peers"]["howdy"]["ratio"] == 25.0
    assert found["peers"]["howdy"]["ratio_to_full_detection"] == 10.0
    assert (found["peers"]["howdy"]["found"], found["peers"]["howdy"]["frames"]) == (4, 4)
    assert found["first_frame"]["frame_ms"]["median"] == 8.0
    assert found["full_detection"]["frame_ms"]["median"] == 10.0
    assert found["cold_start"] == {"seconds": 0.8, "resident_mb": 96.0, "runs": 3}
    assert (found["embedder"], found["precision"], found["found"]) == ("resnet", "int8", 4)


def test_a_peer_that_did_not_run_is_there_with_the_reason() -> None:
    assert report().as_json()["peers"]["mtcnn_tensorflow"] == {
        "unavailable": "mtcnn is not installed"
    }
    assert any("mtcnn is not installed" in line for line in report().remarks())


def test_the_processors_features_and_the_followed_frames_are_told() -> None:
    lines = list(report().remarks())
    assert any(line.startswith("the processor has ") for line in lines)
    assert "a frame in which the face was followed: mean 4.00, median 4.00" in lines


def test_where_no_face_was_followed_there_is_no_figure() -> None:
    results = {**report().results, "following": result("full_detection", 4.0)}
    untracked = Report(results, None, "")
    assert untracked.as_json()["frame_ms_tracked"] is None
    assert not any("followed" in line for line in untracked.remarks())


def test_where_the_processor_was_not_timed_there_is_no_figure() -> None:
    lap = Lap({"detect": 1.0}, 1.0, 1)
    untimed = {
        label: Result(label, timing([lap]), FACTS)
        for label in ("following", "first_frame", "full_detection", "howdy")
    }
    found = Report(untimed, None, "").as_json()
    assert found["processor_ms"] is None
    assert found["peers"]["howdy"]["ratio_processor"] is None
    assert [row["processor"] for row in Report(untimed, None, "").rows()] == [None] * 4


def test_rows_share_their_columns() -> None:
    rows = report().rows()
    assert len(rows) == 5
    assert all(list(row) == list(rows[0]) for row in rows)
    assert [row["times ours"] for row in rows] == ["1.0", "2.0", "2.5", "25.0", None]
    assert [row["by processor"] for row in rows] == ["1.0", "2.0", "2.5", "25.0", None]


def test_a_cold_start_that_failed_says_so() -> None:
    failed = Report(report().results, None, "verify failed")
    assert failed.as_json()["cold_start"] == {"unavailable": "verify failed"}
    assert any("verify failed" in line for line in failed.remarks())
    with pytest.raises(KeyError):
        Report({"following": Result("following", None, FACTS)}, None, "").as_json()
