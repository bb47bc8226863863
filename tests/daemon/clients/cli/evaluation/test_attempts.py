"""`facelatch evaluate attempts`: what is played, what is left out, what is printed."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from daemon.api import Reason
from daemon.clients.cli.evaluation import attempts
from daemon.clients.cli.evaluation.attempt_runs import ENROLLED_SECONDS, VARIANTS, Attempts, Trying
from daemon.clients.cli.evaluation.attempt_runs import Outcome as Came
from daemon.clients.cli.main import main
from daemon.recognition.models import Models
from daemon.sources.base import Frame
from models.errors import UsageError
from models.evaluation.remembered import Memory
from models.evaluation.spoof import LIVE, Presentation, read_presentations
from models.liveness.evidence import CueEvidence, Observation
from models.liveness.suite import Suite
from tests.daemon.fakes import ADA, BOB, CRITERION, NOBODY, FakeDetector, FakeEmbedder, picture
from tests.data import ROOT

ADAS, BOBS, EMPTY = Path("ada.mp4"), Path("bob.mp4"), Path("empty.mp4")
SHOWN = {ADAS: ADA, BOBS: BOB, EMPTY: NOBODY}


class Says:
    """A cue that always says the same."""

    def __init__(self, name: str, llr: float) -> None:
        self.name, self._llr = name, llr

    def observe(self, observation: Observation) -> None: ...

    def reset(self) -> None: ...

    def evidence(self) -> CueEvidence:
        return CueEvidence(self.name, self._llr, "skin" if self._llr > 0 else "picture")


def read(path: Path) -> Iterator[Frame]:
    """Four seconds of one person, ten frames a second."""
    yield from (Frame(picture(SHOWN[path]), index / 10, index) for index in range(40))


def tried(shown: Presentation, texture: float) -> list[Came]:
    return list(Attempts(models(texture), Memory(), read, Trying(runs=4)).run(shown))


def models(texture: float) -> Models:
    cues = Suite([Says("texture", texture), Says("stream", 0.0)])
    return Models(FakeDetector(), "fake", FakeEmbedder(), CRITERION, cues)


def test_an_owner_is_matched_by_his_first_seconds_where_the_cues_suffice() -> None:
    came = tried(Presentation(ADAS, LIVE, "ada"), 2.0)
    assert len(came) == 4 * len(VARIANTS)
    assert {one.matched for one in came if one.run.variant == "all cues"} == {True}
    # What is left is one cue that says nothing.
    assert {one.matched for one in came if one.run.variant == "without texture"} == {False}
    assert all(one.run.start >= ENROLLED_SECONDS for one in came)


def test_an_attack_is_tried_on_itself_and_on_its_partner() -> None:
    came = tried(Presentation(ADAS, "phone", "ada", enrolled=BOBS), -6.0)
    assert {one.run.enrolled for one in came} == {"itself", "partner"}
    denied = [one for one in came if one.run.variant == "all cues"]
    assert {one.reason for one in denied} == {Reason.NOT_LIVE}
    assert {one.against for one in denied} == {"texture: picture"}


def test_a_partner_who_is_somebody_else_is_not_matched() -> None:
    came = tried(Presentation(ADAS, "phone", "ada", enrolled=BOBS), 2.0)
    matched = {(one.run.enrolled, one.matched) for one in came if one.run.variant == "all cues"}
    assert matched == {("itself", True), ("partner", False)}


def test_the_same_seed_tries_the_same_places() -> None:
    one, other = (tried(Presentation(ADAS, LIVE, "ada"), 2.0) for _ in range(2))
    assert one == other


def test_a_clip_without_faces_is_refused() -> None:
    with pytest.raises(UsageError, match="no face"):
        tried(Presentation(EMPTY, "phone", "nobody"), 2.0)


def test_the_shared_list_names_partners() -> None:
    found = read_presentations(ROOT / "docs" / "liveness" / "attempts.csv", Path("/data"))
    partners = {one.path.name: one.enrolled for one in found}
    assert partners["a_phone.mp4"] == Path("/data/spoof/pairs/a_live.mp4")
    assert sum(one.species == LIVE for one in found) == 4


def test_the_report_says_what_matched_and_why_others_did_not(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    came = tried(Presentation(ADAS, "phone", "ada", enrolled=BOBS), 2.0)
    monkeypatch.setattr(attempts, "loaded", lambda *_: models(2.0))
    monkeypatch.setattr(attempts, "_outcomes", lambda *_: came)
    assert main(["evaluate", "attempts", "--clips", ".", "--json"]) == 0
    lines = json.loads(capsys.readouterr().out)["clips"]
    assert len(lines) == 2 * len(VARIANTS)
    assert lines[0] | {"seconds": None, "otherwise": {}} == {
        "clip": "ada.mp4",
        "species": "phone",
        "enrolled": "itself",
        "cues": "all cues",
        "runs": 4,
        "matched": 4,
        "seconds": None,
        "asked": 0,
        "otherwise": {},
    }
    assert main(["evaluate", "attempts", "--clips", "."]) == 0
    printed = capsys.readouterr().out
    assert "all cues: texture, stream\n" in printed and "4 of 4" in printed
