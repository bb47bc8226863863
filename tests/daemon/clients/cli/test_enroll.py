"""`facelatch enroll`: photos, clips, twins, and what is said on the way."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from daemon.clients.cli import enroll_here
from daemon.clients.requests.preview import Picture
from daemon.sources.base import Frame
from models.assets import trained
from models.synthetic.portraits import OWNER, STRANGER, load_portrait
from tests.daemon.clients.conftest import RESNET, Call, write
from tests.models.assets.test_trained import CONTENT, STRONG
from tests.portraits import vary

FAST = ("--no-pace", *RESNET)


def photos(folder: Path, owners: int, strangers: int) -> Path:
    """A folder of photos of one and of another."""
    folder.mkdir()
    rng = np.random.default_rng(3)
    for portrait, count, name in ((OWNER, owners, "eileen"), (STRANGER, strangers, "grace")):
        for number in range(count):
            image = vary(load_portrait(portrait), rng, face=portrait.face, face_height=(140, 170))
            assert cv2.imwrite(str(folder / f"{name}-{number}.png"), image)
    return folder


def test_a_folder_of_photos_enrols(facelatch: Call, tmp_path: Path) -> None:
    folder = photos(tmp_path / "photos", 3, 0)
    report = facelatch("enroll", "Eileen", "--from-photos", folder, "--json", *RESNET).json
    assert report["result"] == "enrolled"
    assert report["frames_seen"] == 3
    assert 0.0 < report["score"] <= 1.0
    assert 0.0 <= report["expected_misses"] <= 1.0


def test_one_photo_enrols(facelatch: Call, owner_picture: Path) -> None:
    answer = facelatch("enroll", "Eileen", "--from-photos", owner_picture, *RESNET)
    assert answer.code == 0
    assert "kept 1 of 1 frames" in answer.out
    assert "score" in answer.out
    assert answer.err == ""


def test_three_photos_of_one_and_one_of_another_are_refused_by_name(
    facelatch: Call, tmp_path: Path
) -> None:
    folder = photos(tmp_path / "photos", 3, 1)
    answer = facelatch("enroll", "Eileen", "--from-photos", folder, *RESNET)
    assert answer.code == 2
    assert "more than one person: 1 of 4" in answer.complaint
    assert "grace-0.png" in answer.complaint
    assert facelatch("list", "--json").json == []


def test_photos_are_a_source_of_their_own(facelatch: Call, tmp_path: Path) -> None:
    answer = facelatch("enroll", "--from-photos", tmp_path, "--source", "demo", *RESNET)
    assert answer.code == 2
    assert "--source" in answer.complaint


def test_a_window_shows_no_photos(facelatch: Call, tmp_path: Path) -> None:
    answer = facelatch("enroll", "--window", "--from-photos", tmp_path)
    assert answer.code == 2
    assert "--from-photos" in answer.complaint


def test_prompts_are_lines_where_there_is_no_terminal(facelatch: Call) -> None:
    answer = facelatch("enroll", "Eileen", "--source", "demo:owner", *FAST)
    assert answer.code == 0
    lines = answer.err.splitlines()
    assert lines[0].endswith("% Look into the camera")
    assert any(line.endswith("% Turn your head slowly to the left") for line in lines)
    assert "note: Not seen: your face turned left" in answer.out


def test_a_face_that_is_enrolled_under_another_name_is_refused(
    enrolled: Call, owner_picture: Path
) -> None:
    answer = enrolled("enroll", "Eve", "--from-photos", owner_picture, *RESNET)
    assert answer.code == 2
    assert "too much like that of Eileen" in answer.complaint
    assert {one["name"] for one in enrolled("list", "--json").json} == {"Eileen"}
    alike = enrolled("enroll", "Eve", "--from-photos", owner_picture, "--even-if-alike", *RESNET)
    assert alike.code == 0
    assert {one["name"] for one in enrolled("list", "--json").json} == {"Eileen", "Eve"}


def test_ctrl_c_stores_nothing(facelatch: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(enroll_here, "enrol", interrupted)
    assert facelatch("enroll", "Eileen", "--source", "demo:owner", *FAST).code == 130
    assert facelatch("list", "--json").json == []


def test_the_terminals_picture_is_small_and_red_green_blue() -> None:
    image = np.zeros((480, 640, 3), dtype=np.uint8)
    image[:, :, 0], image[:, :, 2] = 10, 30
    made = enroll_here._picture(Frame(image, 0.0, 7))
    assert made == Picture(160, 120, 7, bytes((30, 0, 10)) * (160 * 120))


def test_a_picture_of_nobody_is_refused(facelatch: Call, tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (480, 640, 3), dtype=np.uint8)
    nobody = write(tmp_path / "nobody.png", noise)
    answer = facelatch("enroll", "Eileen", "--from-photos", nobody, *RESNET)
    assert answer.code == 2
    assert "no face was found" in answer.complaint


def test_a_weak_network_of_ones_own_is_said_to_be_weak(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FACELATCH_CACHE", str(tmp_path))
    trained.write(replace(STRONG, auc=0.9), CONTENT)
    (said,) = enroll_here.weakness("siamese:mine")
    assert "too weak to unlock a session: its AUC on people held out is 0.9000" in said
    trained.write(STRONG, CONTENT)
    assert enroll_here.weakness("siamese:mine") == []
    assert enroll_here.weakness("resnet") == []
