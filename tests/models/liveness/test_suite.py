import numpy as np
import pytest

from models.errors import ImageError
from models.liveness import suite as module
from models.liveness.evidence import CueEvidence, Mesh, Observation
from models.liveness.suite import Suite, default_suite
from models.types import Box, Detection, Image

FRAME = np.zeros((60, 80, 3), np.uint8)
FACE = Detection(Box(20, 20, 40, 40), 1.0, np.zeros((5, 2), np.float32))
OTHER = Detection(Box(50, 20, 70, 40), 1.0, np.zeros((5, 2), np.float32))


class Remembers:
    name = "remembers"

    def __init__(self) -> None:
        self.shown: list[Observation] = []

    def observe(self, observation: Observation) -> None:
        self.shown.append(observation)

    def evidence(self) -> CueEvidence:
        return CueEvidence(self.name, float(len(self.shown)) / 100, "seen")

    def reset(self) -> None:
        self.shown.clear()


class Finds:
    def __init__(self, *, fails: bool = False) -> None:
        self.asked = 0
        self.fails = fails

    def find(self, image: Image, face: Detection) -> Mesh:
        assert (image is FRAME, face is FACE) == (True, True)
        self.asked += 1
        if self.fails:
            raise ImageError("the landmarks span no face")
        return Mesh(np.zeros((468, 3), np.float32), 1.0)


def test_every_cue_is_shown_every_frame() -> None:
    cues = [Remembers(), Remembers()]
    suite = Suite(cues)
    for index in range(3):
        suite.observe(index / 30, FRAME, FACE, [OTHER])
    assert [len(cue.shown) for cue in cues] == [3, 3]
    assert cues[0].shown[0].others == (OTHER,)
    assert [answer.llr for answer in suite.evidence()] == [0.03, 0.03]
    assert suite.names == ("remembers", "remembers")


def test_a_mesh_comes_some_three_times_a_second() -> None:
    cue, finder = Remembers(), Finds()
    suite = Suite([cue], finder)
    for index in range(30):
        suite.observe(index / 30, FRAME, FACE)
    assert finder.asked == 4
    assert sum(shown.mesh is not None for shown in cue.shown) == 4


def test_a_face_without_a_mesh_is_still_shown() -> None:
    cue = Remembers()
    suite = Suite([cue], Finds(fails=True))
    suite.observe(0.0, FRAME, FACE)
    assert cue.shown[0].mesh is None


def test_reset_forgets_everything() -> None:
    cue, finder = Remembers(), Finds()
    suite = Suite([cue], finder)
    suite.observe(0.0, FRAME, FACE)
    suite.reset()
    assert not cue.shown
    suite.observe(0.01, FRAME, FACE)
    assert finder.asked == 2


def test_warmed_up_every_cue_has_seen_a_mesh_and_forgotten_it() -> None:
    class Once(Remembers):
        seen: Observation | None = None

        def observe(self, observation: Observation) -> None:
            self.seen = observation
            super().observe(observation)

    class Doubts:
        def find(self, image: Image, face: Detection) -> Mesh:  # noqa: ARG002
            return Mesh(np.zeros((468, 3), np.float32), 0.01)

    cues = [Once(), Once()]
    suite = Suite(cues, Doubts())
    suite.warm_up()
    for cue in cues:
        assert cue.seen is not None
        assert cue.seen.mesh is not None
        assert (cue.seen.mesh.presence, cue.shown) == (1.0, [])
    suite.observe(0.0, FRAME, FACE)
    assert cues[0].shown[0].mesh is not None


def test_cues_without_networks_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "is_prepared", lambda _: False)
    assert "texture" not in default_suite().names


def test_a_cue_can_be_turned_off(monkeypatch: pytest.MonkeyPatch) -> None:
    made = {"one": Remembers, "two": Remembers}
    monkeypatch.setattr(module, "_FACTORIES", made)
    monkeypatch.setattr(module, "is_prepared", lambda _: False)
    assert default_suite(without=("two",)).names == ("remembers",)
