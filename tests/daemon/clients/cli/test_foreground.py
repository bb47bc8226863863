"""Enrol, verify, watch and demo, from the command line, on real pictures and clips."""

import json
import os
import subprocess
import sys
import wave
from pathlib import Path

import cv2
import numpy as np
import pytest

from daemon.errors import SpeechError
from daemon.speech import check_engine
from tests.daemon.clients.conftest import RESNET, Call, write
from tests.portraits import owner_portrait

FAST = ("--no-pace", *RESNET)


def test_one_picture_enrols_and_verifies(enrolled: Call, owner_picture: Path) -> None:
    answer = enrolled("verify", "Eileen", "--source", owner_picture, *RESNET, "--json")
    report = answer.json
    assert (answer.code, report["result"], report["name"]) == (0, "match", "Eileen")
    assert report["distance"] < report["threshold"]
    assert (report["embedder"], report["detector"]) == ("resnet", "mtcnn")
    assert (report["frames_seen"], report["frames_used"]) == (1, 1)
    stages = {"load", "open", "detect", "align", "embed", "match", "total"}
    assert set(report["elapsed_ms"]) == stages
    assert report["elapsed_ms"]["total"] >= report["elapsed_ms"]["detect"] > 0


def test_enrolling_again_replaces_nothing_unasked(enrolled: Call, owner_picture: Path) -> None:
    again = ("enroll", "Eileen", "--source", owner_picture, *RESNET)
    before = enrolled("list", "--json").json
    answer = enrolled(*again)
    assert answer.code == 2
    assert "has an appearance 'default' already; replace it with --replace" in answer.complaint
    assert enrolled("list", "--json").json == before
    assert enrolled(*again, "--replace").code == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can leave root's files with others")
def test_root_leaves_no_files_in_the_home_of_another(
    facelatch: Call, owner_picture: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    os.chown(home, 1000, 1000)
    store = home / "data" / "templates"
    answer = facelatch("enroll", "ada", "--source", owner_picture, "--store", store, *RESNET)
    assert answer.code == 2
    assert "run this without sudo" in answer.complaint
    assert list(home.iterdir()) == []


def test_the_owner_is_known_in_another_clip_and_a_stranger_is_not(enrolled: Call) -> None:
    owner = enrolled("verify", "--source", "demo:owner", *FAST)
    assert owner.code == 0
    assert owner.out.startswith("match: Eileen (distance ")
    stranger = enrolled("verify", "--source", "demo:stranger", *FAST)
    assert stranger.code == 1
    assert "Eileen" not in stranger.out


def test_the_haar_detector_works_too(enrolled: Call) -> None:
    options = ("--source", "demo:owner", "--detector", "haar", "--json", *FAST)
    report = enrolled("verify", *options).json
    assert (report["result"], report["detector"]) == ("match", "haar")


def test_an_empty_scene_cannot_be_told(enrolled: Call) -> None:
    answer = enrolled("verify", "--source", "demo:empty", "--json", *FAST)
    assert (answer.code, answer.json["reason"]) == (2, "no face seen, or a covered one")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("black", "the picture is black: is the shutter closed?"),
        ("white", "too bright: turn away from the light"),
        ("grey", "nothing to see: is the camera covered?"),
        ("180", "turn the camera or set camera.rotate = 180 (here: --rotate 180)"),
        ("90", "turn the camera or set camera.rotate = 270 (here: --rotate 270)"),
    ],
)
def test_a_picture_without_a_face_says_what_is_wrong_with_it(
    enrolled: Call, tmp_path: Path, name: str, said: str
) -> None:
    flat = {"black": 0, "white": 255, "grey": 128}
    turns = {"180": cv2.ROTATE_180, "90": cv2.ROTATE_90_CLOCKWISE}
    portrait = owner_portrait()
    path = tmp_path / f"{name}.png"
    if name in turns:
        assert cv2.imwrite(str(path), cv2.rotate(portrait, turns[name]))
    else:
        assert cv2.imwrite(str(path), np.full_like(portrait, flat[name]))
    answer = enrolled("verify", "--source", path, *FAST)
    assert answer.code == 2
    assert answer.out.startswith(f"could not tell: {said} (0 of 1 frames")
    refused = enrolled("enroll", "other", "--source", path, *FAST)
    assert refused.code == 2
    assert said.partition(" (")[0] in refused.complaint


def _write_clip(path: Path, source: Path, frames: int) -> Path:
    image = cv2.imread(str(source))
    assert image is not None
    size = (image.shape[1], image.shape[0])
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10.0, size)
    assert writer.isOpened()
    for _ in range(frames):
        writer.write(image)
    writer.release()
    return path


@pytest.mark.parametrize(("frames", "said"), [(1, "1 frame"), (2, "2 frames")])
def test_a_clip_too_short_cannot_be_told(
    enrolled: Call, owner_picture: Path, tmp_path: Path, frames: int, said: str
) -> None:
    clip = _write_clip(tmp_path / "short.avi", owner_picture, frames)
    answer = enrolled("verify", "--source", clip, *FAST)
    assert answer.code == 2
    assert answer.out.startswith(f"could not tell: {said}, 3 are needed (")
    report = enrolled("verify", "--source", clip, "--json", *FAST).json
    assert (report["result"], report["name"]) == ("undecided", None)
    # It is the owner: near enough, and yet no match.
    assert report["distance"] < report["threshold"]


def test_verify_without_anybody_enrolled(facelatch: Call, owner_picture: Path) -> None:
    answer = facelatch("verify", "--source", owner_picture, *RESNET)
    assert answer.code == 2
    assert "nobody is enrolled" in answer.complaint
    report = facelatch("verify", "--source", owner_picture, "--json", *RESNET).json
    assert (report["result"], report["name"]) == ("undecided", None)


def test_verify_a_name_that_is_not_enrolled(enrolled: Call, owner_picture: Path) -> None:
    answer = enrolled("verify", "Ada", "--source", owner_picture, *RESNET)
    assert answer.code == 2
    assert "Ada is not enrolled" in answer.complaint


def test_verify_asks_about_one_person_only(
    enrolled: Call, owner_picture: Path, stranger_picture: Path
) -> None:
    assert enrolled("enroll", "Grace", "--source", stranger_picture, *RESNET).code == 0
    assert enrolled("verify", "Grace", "--source", owner_picture, *RESNET).code == 1
    assert enrolled("verify", "Grace", "--source", stranger_picture, *RESNET).code == 0


def test_many_frames_are_kept_varied_and_json_says_nothing_beside_it(facelatch: Call) -> None:
    # Every frame is seen, however busy the computer is.
    options = ("--source", "demo:owner", "--seconds", "600", "--json", *FAST)
    answer = facelatch("enroll", "Eileen", *options)
    assert (answer.code, answer.err) == (0, "")
    report = answer.json
    assert report["frames_seen"] == 240
    assert 3 <= report["kept"] <= 10
    assert sum(report["rejected"].values()) + report["kept"] == report["faces_seen"]


def test_another_appearance_joins_the_first(enrolled: Call, owner_picture: Path) -> None:
    options = ("--look", "glasses", "--source", owner_picture, *FAST)
    assert enrolled("enroll", "Eileen", *options).code == 0
    rows = enrolled("list", "--json").json
    assert [(row["name"], row["appearance"]) for row in rows] == [
        ("Eileen", "default"),
        ("Eileen", "glasses"),
    ]
    assert enrolled("remove", "Eileen").code == 0
    assert enrolled("list", "--json").json == []


def test_watch_greets_and_hooks_once_a_visit(enrolled: Call, tmp_path: Path) -> None:
    log = tmp_path / "hook.log"
    hook = f"""sh -c 'echo "$FACELATCH_USER $FACELATCH_DISTANCE" >> {log}'"""
    story = ("--source", "demo:story", "--absence", "3", "--no-greet", "--json", *FAST)
    answer = enrolled("watch", *story, "--hook", hook)
    assert answer.code == 0, answer.err
    events = [json.loads(line) for line in answer.out.splitlines()]
    told = [(event["event"], event.get("name")) for event in events if event["event"] != "hook"]
    assert told == [
        ("started", None),
        ("unrecognised", None),
        ("arrived", "Eileen"),
        ("left", "Eileen"),
        ("arrived", "Eileen"),
        ("stopped", None),
    ]
    arrivals = [event["distance"] for event in events if event["event"] == "arrived"]
    lines = [line.split() for line in log.read_text().splitlines()]
    # As fast as frames are read, the second arrival may come while the first hook still runs.
    assert 1 <= len(lines) <= 2
    assert all(name == "Eileen" for name, _ in lines)
    assert float(lines[0][1]) == pytest.approx(arrivals[0], abs=1e-4)


def test_watch_knows_several_people(enrolled: Call, stranger_picture: Path) -> None:
    assert enrolled("enroll", "Grace", "--source", stranger_picture, *RESNET).code == 0
    answer = enrolled("watch", "--source", "demo:story", "--no-greet", *FAST)
    assert [line.split()[2] for line in answer.out.splitlines() if "recognised (" in line] == [
        "Grace",
        "Eileen",
    ]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--hook", ""), "the hook is empty"),
        (("--hook", "/does/not/exist"), "no program that can be run"),
        (("--hook", "sh -c 'unclosed"), "cannot be parsed"),
        (("--greeting", "{name.__class__}"), "no fields but"),
        (("--rate", "5000"), "rate of speech"),
        (("--absence", "7200"), "absence"),
    ],
)
def test_watch_refuses_wrong_settings_in_one_line(
    enrolled: Call, options: tuple[str, ...], said: str
) -> None:
    answer = enrolled("watch", "--source", "demo:empty", *FAST, *options)
    assert answer.code == 2
    assert said in answer.complaint


@pytest.mark.parametrize("display", ["", ":4711", "no such display"])
def test_watch_without_a_screen_says_so(
    enrolled: Call, monkeypatch: pytest.MonkeyPatch, display: str
) -> None:
    monkeypatch.setenv("DISPLAY", display)
    answer = enrolled("watch", "--source", "demo:empty", "--window", "--no-greet", *FAST)
    assert answer.code == 2
    assert "no X screen" in answer.complaint


def test_the_demo_recognises_each_visit_and_nobody_else_and_speaks_to_a_file(
    facelatch: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("daemon.speech.sound_card_present", lambda: False)
    folder = tmp_path / "shown"
    answer = facelatch("demo", "--no-pace", "--output", folder, *RESNET)
    assert answer.code == 0, answer.out
    assert answer.out.count("Eileen recognised") == 2
    assert answer.out.count("the desktop of Eileen") + answer.err.count("the desktop of Eileen") > 0
    assert "All as expected." in answer.out
    sheet = cv2.imread(str(folder / "contact-sheet.png"))
    assert sheet is not None
    assert sheet.shape[1] == 960
    assert not list((tmp_path / "data").rglob("*")), "the demo leaves no template behind"
    _hear(folder / "welcome.wav", answer.out)


def _hear(welcome: Path, said: str) -> None:
    try:
        check_engine()
    except SpeechError as error:
        pytest.skip(f"no speech engine here: {error}")
    assert "no sound card here" in said
    with wave.open(str(welcome)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), dtype=np.int16)
        seconds = file.getnframes() / file.getframerate()
    assert 0.8 < seconds < 4.0
    assert np.abs(samples.astype(float)).max() > 3000


@pytest.mark.usefixtures("enrolled")
def test_a_terminated_watch_ends_cleanly() -> None:
    command = [sys.executable, "-m", "daemon"]
    arguments = ["watch", "--source", "demo:story", "--no-greet", *RESNET]
    with subprocess.Popen(
        [*command, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("watching for Eileen")
        # The first visit. Before, modules are imported: a Python that is interrupted while it makes
        # a dataclass ends by SIGINT, though somebody catches the exception.
        assert "somebody" in process.stdout.readline()
        process.terminate()
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0
    # On a busy computer the next visit may have come before.
    assert out.splitlines()[-1].startswith("stopped after")
    assert err == ""


def test_a_corrupted_network_is_made_anew_and_never_used(
    enrolled: Call, owner_picture: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import shutil

    from daemon.clients.cli import prepare
    from models.assets import prepared
    from models.assets.catalogue import spec

    cache = tmp_path / "cache"
    shared = prepared.folder(spec("mtcnn"))
    # What other processes are converting meanwhile lies in hidden folders, which come and go.
    unfinished = shutil.ignore_patterns(".*")
    shutil.copytree(shared.parent, cache / "prepared", ignore=unfinished)
    monkeypatch.setenv("FACELATCH_CACHE", str(cache))
    # What it is made anew by: the real conversion: tests/models/convert/test_main.py.
    remake = "import shutil, sys; shutil.copytree(*sys.argv[1:], dirs_exist_ok=True)"
    command = [sys.executable, "-c", remake, str(shared), str(prepared.folder(spec("mtcnn")))]
    monkeypatch.setattr(prepare, "_command", lambda _name: command)
    victim = prepared.folder(spec("mtcnn")) / "pnet.float32.tflite"
    intact = victim.read_bytes()
    victim.write_bytes(intact[:-1] + bytes([intact[-1] ^ 1]))
    answer = enrolled("verify", "--source", owner_picture, *RESNET)
    assert answer.code == 0
    assert "made anew" in answer.err
    prepared.verify(spec("mtcnn"))


def test_a_photo_of_two_people_enrols_nobody(facelatch: Call, tmp_path: Path) -> None:
    portrait = owner_portrait()
    pair = write(tmp_path / "pair.png", np.hstack([portrait, portrait]))
    answer = facelatch("enroll", "Eileen", "--source", pair, *RESNET)
    assert answer.code == 2
    assert "two faces" in answer.complaint
    assert facelatch("list", "--json").json == []
