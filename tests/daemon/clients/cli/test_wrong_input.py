"""Wrong input: one clear line, the right exit code, nothing lost, nothing opened."""

import shutil
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from daemon.sources.opencv import quieten
from models.types import Image
from tests.daemon.clients.conftest import RESNET, Call, write
from tests.portraits import owner_portrait, stranger_portrait


def _text(folder: Path) -> Path:
    path = folder / "notes.txt"
    path.write_text("this is no picture\n" * 50)
    return path


def _empty(folder: Path) -> Path:
    path = folder / "empty.jpg"
    path.touch()
    return path


def _beheaded_video(folder: Path) -> Path:
    path = folder / "cut.mp4"
    quieten()  # FFmpeg keeps the log level of its first use, which here is ours
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 25.0, (320, 240))
    for _ in range(25):
        writer.write(np.random.default_rng(0).integers(0, 255, (240, 320, 3), dtype=np.uint8))
    writer.release()
    path.write_bytes(path.read_bytes()[:2000])
    return path


def _one_pixel(folder: Path) -> Path:
    return write(folder / "pixel.png", np.zeros((1, 1, 3), dtype=np.uint8))


def _folder_without_pictures(folder: Path) -> Path:
    (folder / "nothing").mkdir()
    return folder / "nothing"


def _no_device(_: Path) -> Path:
    return Path("/dev/video77")


def _no_file(folder: Path) -> Path:
    return folder / "does-not-exist.mp4"


@pytest.mark.parametrize(
    "make",
    [
        _text,
        _empty,
        _beheaded_video,
        _one_pixel,
        _folder_without_pictures,
        _no_device,
        _no_file,
        lambda _: "demo:nobody-we-know",
        lambda _: "gopher://example.org/face",
        lambda _: "",
        lambda _: "/dev/null",
    ],
)
@pytest.mark.parametrize("command", ["enroll", "verify", "watch"])
def test_a_source_that_is_none_is_one_line(
    enrolled: Call, tmp_path: Path, command: str, make: Callable[[Path], Path | str]
) -> None:
    extra = {"enroll": ("Ada",), "verify": (), "watch": ("--no-greet",)}[command]
    answer = enrolled(command, *extra, "--source", make(tmp_path), *RESNET)
    assert answer.code == 2
    assert answer.complaint.startswith("facelatch: ")
    assert "unexpected" not in answer.complaint
    names = [row["name"] for row in enrolled("list", "--json").json]
    assert names == ["Eileen"]


def _wide(picture: Image) -> Image:
    """20,000 pixels wide, the face where it was."""
    return cv2.copyMakeBorder(
        picture, 0, 0, 0, 20_000 - picture.shape[1], cv2.BORDER_CONSTANT
    ).astype(np.uint8)


def _grey(picture: Image) -> Image:
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), dtype=np.uint8)


def _alpha(picture: Image) -> Image:
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2BGRA), dtype=np.uint8)


@pytest.mark.parametrize("change", [_grey, _alpha])
def test_grey_and_alpha_pictures_are_pictures(
    enrolled: Call, tmp_path: Path, change: Callable[[Image], Image]
) -> None:
    path = write(tmp_path / "changed.png", change(owner_portrait()))
    assert enrolled("verify", "--source", path, *RESNET).code == 0


def test_a_very_wide_picture_is_looked_at_or_refused_in_one_line(
    enrolled: Call, tmp_path: Path
) -> None:
    path = write(tmp_path / "wide.png", _wide(owner_portrait()))
    answer = enrolled("verify", "--source", path, *RESNET)
    assert answer.code in {0, 2}
    assert len((answer.out + answer.err).splitlines()) == 1


def test_a_face_at_the_border_is_told_or_not_but_never_breaks(
    enrolled: Call, tmp_path: Path
) -> None:
    portrait = owner_portrait()
    codes = set()
    for cut in range(180, 260, 20):
        path = write(tmp_path / f"cut-{cut}.png", np.ascontiguousarray(portrait[:, cut:]))
        answer = enrolled("verify", "--source", path, *RESNET)
        codes.add(answer.code)
        assert len((answer.out + answer.err).splitlines()) == 1
    assert codes <= {0, 1, 2}


def test_forty_strangers_are_still_nobody(enrolled: Call, tmp_path: Path) -> None:
    face = np.asarray(cv2.resize(stranger_portrait(), (150, 180)), dtype=np.uint8)
    crowd = write(tmp_path / "crowd.png", np.tile(face, (5, 8, 1)))
    options = ("--min-face", "30", *RESNET)
    # Of so many of one size nobody can tell who sits here: no yes, and no no.
    assert enrolled("verify", "--source", crowd, *options).code == 2
    refused = enrolled("enroll", "Ada", "--source", crowd, *options)
    assert refused.code == 2
    assert "two faces" in refused.complaint


def test_a_damaged_store_opens_nothing_and_is_kept(
    enrolled: Call, owner_picture: Path, tmp_path: Path
) -> None:
    (file,) = (tmp_path / "data" / "facelatch" / "templates").glob("Eileen*")
    damaged = bytearray(file.read_bytes())
    damaged[-1] ^= 1
    file.write_bytes(damaged)
    answer = enrolled("verify", "--source", owner_picture, *RESNET)
    assert answer.code == 2
    assert str(file) in answer.complaint
    assert file.read_bytes() == bytes(damaged)


def test_a_store_that_others_can_read_is_refused(
    enrolled: Call, owner_picture: Path, tmp_path: Path
) -> None:
    (file,) = (tmp_path / "data" / "facelatch" / "templates").glob("Eileen*")
    file.chmod(0o644)
    answer = enrolled("verify", "--source", owner_picture, *RESNET)
    assert answer.code == 2
    assert "chmod" in answer.complaint


def test_a_store_that_is_a_file_is_one_line(facelatch: Call, owner_picture: Path) -> None:
    answer = facelatch("list", "--store", owner_picture)
    assert answer.code == 2
    assert len(answer.complaint) > 20


def test_templates_of_another_model_ask_for_enrolment(
    enrolled: Call, owner_picture: Path, tmp_path: Path
) -> None:
    from dataclasses import replace

    from enroll.store.store import TemplateStore
    from enroll.template import Person

    store = TemplateStore(tmp_path / "data" / "facelatch" / "templates")
    person = store.load("Eileen")
    store.save(
        Person(
            "Eileen",
            tuple(replace(appearance, model_id="other:1") for appearance in person.appearances),
        )
    )
    answer = enrolled("verify", "--source", owner_picture, *RESNET)
    assert answer.code == 2
    assert "made by other" in answer.complaint
    assert "enrol again" in answer.complaint


HOSTILE_NAMES = ["../../etc/passwd", "", ".hidden", "a\nb", "x" * 65, "\u202eevil"]


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_hostile_names_are_refused(facelatch: Call, owner_picture: Path, name: str) -> None:
    answer = facelatch("enroll", name, "--source", owner_picture, *RESNET)
    assert answer.code == 2
    assert "\n" not in answer.complaint


@pytest.mark.parametrize(
    "options",
    [
        ("--embedder", "nonesuch"),
        ("--detector", "nonesuch"),
        ("--embedder", "mtcnn"),
        ("--min-face", "0"),
        ("--min-face", "-5"),
        ("--threshold", "7"),
        ("--threshold", "nan"),
        ("--seconds", "0"),
    ],
)
def test_settings_out_of_bounds_are_refused(
    enrolled: Call, owner_picture: Path, options: tuple[str, str]
) -> None:
    answer = enrolled("verify", "--source", owner_picture, *options)
    assert answer.code == 2
    assert "unexpected" not in answer.err


def test_pictures_of_two_people_are_refused_as_one(
    facelatch: Call, owner_picture: Path, stranger_picture: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "mixed"
    folder.mkdir()
    for number in range(3):
        shutil.copy(owner_picture, folder / f"{number}.png")
    shutil.copy(stranger_picture, folder / "9.png")
    answer = facelatch("enroll", "Eileen", "--source", folder, *RESNET)
    assert answer.code == 2
    assert "more than one person" in answer.complaint
    assert facelatch("list", "--json").json == []
