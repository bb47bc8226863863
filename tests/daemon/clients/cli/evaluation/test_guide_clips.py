"""`facelatch evaluate enrolment`: what it counts, and that it runs."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from daemon.clients.cli.evaluation import guide_clips
from daemon.clients.cli.evaluation.guide_clips import Visitor
from enroll.guide.guide import Observation
from models.evaluation.enrolment_choice import Subject
from models.synthetic.portraits import OWNER, STRANGER, load_portrait
from tests.daemon.clients.conftest import RESNET, Call
from tests.enroll.visits import FAR as HEIGHT
from tests.enroll.visits import FRAME, STRAIGHT, THRESHOLD, sample
from tests.models.calibrated import NamedEmbedder
from tests.portraits import vary

EMBEDDER = NamedEmbedder(metric="euclidean", threshold=THRESHOLD)


def visit(who: int, frames: int = 150) -> Visitor:
    """Somebody who looks into the camera for ten seconds."""
    box = (0.3, 0.3, 0.2, HEIGHT)
    seen = []
    for number in range(frames):
        face = sample(who, number)
        named = type(face)(face.embedding, face.quality, label=f"{who}/{number}")
        seen.append(Observation(number * FRAME, named, STRAIGHT, box))
    return Visitor(Subject(who, (), ()), tuple(seen))


def test_five_frames_are_spread_from_first_to_last() -> None:
    faces = np.arange(41, dtype=np.float32)[:, None]
    assert guide_clips._spread(faces)[:, 0].tolist() == [0, 10, 20, 30, 40]


def test_clips_of_two_people_make_no_appearance_of_both() -> None:
    found = guide_clips._two_people([visit(1), visit(2), visit(3)], EMBEDDER)
    assert found["clips"] == 12
    assert found["appearances_of_both"] == 0
    # Where each has half of it; who only passes by is left out.
    assert found["refused"] >= 3


def test_a_strip_keeps_the_clock() -> None:
    for strip in guide_clips._strips(visit(1).seen, visit(2).seen):
        times = [one.time for one in strip]
        assert times == sorted(times)
        assert len({one.sample.label.split("/")[0] for one in strip if one.sample}) == 2


@pytest.mark.slow
def test_it_measures_a_folder_of_people(
    facelatch: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(5)
    for portrait, name in ((OWNER, "eileen"), (STRANGER, "grace")):
        folder = tmp_path / "people" / name
        folder.mkdir(parents=True)
        for number in range(6):
            image = vary(load_portrait(portrait), rng, face=portrait.face)
            assert cv2.imwrite(str(folder / f"{name}_{number:04d}.png"), image)
    options = ("--enrolment-guide", "--images", tmp_path / "people", *RESNET)
    report = facelatch("evaluate", *options, "--json").json
    assert (report["people"], report["probes"]) == (2, 4)
    assert report["two_people"]["appearances_of_both"] == 0
    named = {one["enrolment"]: one for one in report["enrolments"]}
    assert set(named) == {"first five frames", "five frames, evenly spread", "the guide"}
    assert named["the guide"]["frr"] == 0.0
    few = facelatch("evaluate", "--enrolment-guide", "--images", tmp_path, *RESNET)
    assert few.code == 2
    # What is printed of it needs no second measurement.
    monkeypatch.setattr(guide_clips, "measure", lambda *_, **__: report)
    answer = facelatch("evaluate", *options)
    assert "made an appearance of both" in answer.out
