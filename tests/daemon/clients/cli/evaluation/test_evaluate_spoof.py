"""`facelatch evaluate spoof`: what is asked for, what is printed."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from daemon.clients.cli.main import main
from models.evaluation.spoof import read_presentations
from models.liveness import suite
from models.synthetic.portraits import OWNER, portrait_subject
from tests.data import ROOT


def test_the_shared_list_is_one_that_can_be_read() -> None:
    found = read_presentations(ROOT / "docs" / "liveness" / "shared-clips.csv", Path("/data"))
    assert len(found) == 21
    assert {one.species for one in found} == {"live", "phone", "monitor", "card"}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--without", "txture"], "no cue 'txture'"),
        (["--plot", "det.txt"], "no name for a plot"),
    ],
)
def test_a_wrong_option_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], says: str
) -> None:
    assert main(["evaluate", "spoof", "--clips", str(tmp_path), *words]) != 0
    assert says in capsys.readouterr().err


def test_numbers_out_of_range_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    for option, value in (("--runs", "0"), ("--seconds", "nan"), ("--seconds", "-1")):
        with pytest.raises(SystemExit):
            main(["evaluate", "spoof", "--clips", ".", option, value])
        assert "is no number" in capsys.readouterr().err


def test_a_clip_without_faces_that_last_is_said_to_have_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "empty.avi"
    clip = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, (96, 96))
    for _ in range(3):
        clip.write(np.zeros((96, 96, 3), np.uint8))
    clip.release()
    assert main(["evaluate", "spoof", "--faces", str(path)]) != 0
    assert "no face is there for two seconds" in capsys.readouterr().err


def test_a_folder_of_pictures_is_reported_by_species(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without networks the cues that need none are left, which a picture gives no evidence."""

    for species in ("live", "print"):
        (tmp_path / species / "eileen").mkdir(parents=True)
        path = tmp_path / species / "eileen" / "1.png"
        cv2.imwrite(str(path), portrait_subject(OWNER).cutout[:, :, :3])
    monkeypatch.setattr(suite, "is_prepared", lambda _: False)
    assert main(["evaluate", "spoof", "--clips", str(tmp_path), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert [rate["species"] for rate in report["rates"]] == ["live", "print"]
    assert report["level"] == "standard"
    assert "texture" not in report["cues"]
    assert all(rate["trials"] == 1 for rate in report["rates"])
