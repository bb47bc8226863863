import numpy as np
import pytest

from daemon.clients.cli.prepare import ensure_prepared
from models import zoo
from models.errors import ImageError
from models.evaluation import attention as evaluation
from models.evaluation.attention import Read
from models.liveness.attention import Attention, gaze
from models.liveness.evidence import Mesh
from models.liveness.eyes import Eyes, IrisReader
from models.liveness.mesh import FaceMesh
from models.types import Image
from tests.data import data_folder
from tests.models.liveness.faces import mesh_points, observation

FRAME = np.zeros((200, 200, 3), np.uint8)
OPEN = Eyes(opening=0.36, aside=0.0, down=-0.06, yaw=0.0)
SHUT = Eyes(opening=0.2, aside=0.0, down=-0.06, yaw=0.0)
ASIDE = Eyes(opening=0.36, aside=0.2, down=-0.06, yaw=0.0)


class Reads:
    def __init__(self, *answers: Eyes | None) -> None:
        self.answers = list(answers)

    def read(self, image: Image, mesh: Mesh) -> Eyes:
        assert image.shape == FRAME.shape
        assert mesh.points.shape == (468, 3)
        answer = self.answers.pop(0)
        if answer is None:
            raise ImageError("the eyes are too small to be read")
        return answer


def after(*answers: Eyes | None, presence: float = 1.0) -> Attention:
    cue = Attention(Reads(*answers))
    for index in range(len(answers)):
        cue.observe(observation(FRAME, mesh_points(), time=index / 10, presence=presence))
    return cue


@pytest.mark.parametrize(
    ("eyes", "expected"),
    [
        (OPEN, "open"),
        (SHUT, "closed"),
        (ASIDE, "averted"),
        (Eyes(0.36, -0.2, -0.06, 0.0), "averted"),
        (Eyes(0.36, 0.0, -0.3, 0.0), "averted"),
        (Eyes(0.36, -0.1, -0.06, 0.4), "open"),  # the head turned, the eyes still this way
        (Eyes(0.36, 0.1, -0.06, 0.4), "averted"),  # both turned
        (Eyes(0.26, 0.0, -0.01, 0.0), "averted"),  # lids follow eyes that look down
        (Eyes(0.26, 0.0, -0.06, 0.0), "open"),  # narrow
        (Eyes(0.4, 0.0, -0.03, 0.0, inward=0.2), "averted"),  # at his own nose
        (Eyes(0.4, 0.0, -0.08, 0.0, inward=0.2), "open"),  # at something near
    ],
)
def test_what_the_eyes_of_one_frame_do(eyes: Eyes, expected: str) -> None:
    assert gaze(eyes) == expected


def test_open_eyes_withhold_nothing_and_prove_nothing() -> None:
    answer = after(*[OPEN] * 7).evidence()
    assert (answer.known, answer.withholds, answer.llr) == (True, False, 0.0)


@pytest.mark.parametrize(("eyes", "reason"), [(SHUT, "eyes-closed"), (ASIDE, "looks-away")])
def test_a_sleeper_and_one_who_looks_away_are_withheld(eyes: Eyes, reason: str) -> None:
    answer = after(*[eyes] * 7).evidence()
    assert (answer.withholds, answer.reason, answer.llr) == (True, reason, 0.0)


def test_a_blink_withholds_nothing() -> None:
    assert not after(OPEN, OPEN, SHUT, SHUT, OPEN).evidence().withholds


def test_eyes_that_close_are_withheld_after_three_looks() -> None:
    assert after(*[OPEN] * 7, *[SHUT] * 3).evidence().withholds


def test_without_readings_there_is_no_evidence() -> None:
    assert after(OPEN).evidence().reason == "eyes-unseen"
    assert not after(None, None, None).evidence().known
    assert not after(*[OPEN] * 7, presence=0.2).evidence().known
    cue = Attention(Reads(OPEN))
    cue.observe(observation(FRAME, None))
    assert not cue.evidence().known


def test_another_face_begins_anew() -> None:
    cue = after(*[SHUT] * 7)
    cue.reset()
    assert not cue.evidence().known


@pytest.mark.slow
def test_labelled_frames_of_living_people_are_read_rightly() -> None:
    clips = data_folder() / "video" / "live"
    if not clips.is_dir():
        pytest.skip("FACELATCH_DATA names no shared data")
    ensure_prepared(["mtcnn", "facemesh", "iris"], quiet=True)
    detector = zoo.load_detector("mtcnn", min_face=80)
    reads = list(evaluation.read_clips(clips, detector, FaceMesh(), IrisReader()))
    clear = [one for one in reads if one.label != evaluation.UNCLEAR]
    assert len(clear) == 243
    assert sum(one.right() for one in clear) / len(clear) >= 0.95
    assert sum(one.found() == one.label for one in clear) / len(clear) >= 0.95
    assert "243 labelled frames" in evaluation.report(reads)


def test_limits_are_chosen_on_other_people() -> None:
    narrow, wide = Eyes(0.26, 0.0, -0.06, 0.0), Eyes(0.4, 0.0, -0.06, 0.0)
    first = [Read("a", 0, "open", narrow), Read("a", 1, "closed", Eyes(0.2, 0.0, -0.06, 0.0))]
    others = [Read("b", 0, "closed", narrow), Read("b", 1, "open", wide)]
    assert evaluation.chosen(first).shut <= 0.26 < evaluation.chosen(others).shut
    told = evaluation.report([*first, *others])
    assert "looks this way or not: 3 of 4 right, 75.0 %" in told
    assert told.count("tried on") == 3
