"""A data set from pictures: what is cut, counted, divided, struck, and made the same again."""

from pathlib import Path

import numpy as np
import pytest

from models.errors import ImageError, UsageError
from models.training import dataset as data
from models.training import prepare, sheet
from models.training.sources import SourcePicture
from models.types import Image
from tests.models.training import toys


def unreadable() -> Image:
    raise UsageError("no picture")


def unusable() -> Image:
    raise ImageError("no face")


def black() -> Image:
    return np.zeros((240, 240, 3), np.uint8)


def test_pictures_without_a_face_or_content_are_counted_not_cut(tmp_path: Path) -> None:
    more = [
        SourcePicture("p00", "dark.png", black),
        SourcePicture("p00", "odd.png", unusable),
        SourcePicture("p00", "x.png", unreadable),
    ]
    made = toys.dataset(tmp_path, more=more)
    assert (made.undetected, made.unreadable, len(made.pictures)) == (2, 1, 32)
    assert data.read(tmp_path) == made


def test_pairs_and_triplets_stay_within_the_people_of_their_part(tmp_path: Path) -> None:
    made = toys.dataset(tmp_path)
    prepare.write_examples(tmp_path, made, "semi-hard")
    person = {picture.file: picture.person for picture in made.pictures}
    with np.load(tmp_path / "pairs.npz") as pairs, np.load(tmp_path / "triplets.npz") as triplets:
        files = pairs["files"].tolist()
        for part in ("train", "validation", "test"):
            people = set(getattr(made.split, part))
            rows = pairs[f"{part}_pairs"]
            names = [(person[files[a]], person[files[b]]) for a, b in rows]
            assert {name for pair in names for name in pair} <= people
            same = pairs[f"{part}_same"]
            assert same.sum() * 2 == same.size
            assert same.tolist() == [a == b for a, b in names]
            three = {person[files[row]] for row in triplets[part].ravel()}
            assert three <= people


def test_the_same_seed_makes_the_same_files(tmp_path: Path) -> None:
    for name in ("one", "two"):
        made = toys.dataset(tmp_path / name, seed=5)
        prepare.write_examples(tmp_path / name, made, "random")
    for file in ("pairs.npz", "triplets.npz", "crops/p00/0001.png"):
        one, two = ((tmp_path / name / file).read_bytes() for name in ("one", "two"))
        if file.endswith("png"):
            assert one == two
            continue
        with np.load(tmp_path / "one" / file) as a, np.load(tmp_path / "two" / file) as b:
            assert all((a[key] == b[key]).all() for key in a)


def test_what_is_struck_is_in_no_pair(tmp_path: Path) -> None:
    made = toys.dataset(tmp_path).with_struck([1, 2])
    data.write(tmp_path, made)
    prepare.write_examples(tmp_path, made, "random")
    with np.load(tmp_path / "pairs.npz") as pairs:
        assert not {"crops/p00/0001.png", "crops/p00/0002.png"} & set(pairs["files"].tolist())
    assert len(data.read(tmp_path).kept) == 30
    with pytest.raises(UsageError, match="no picture 99"):
        made.with_struck([99])


def test_what_is_struck_alone_takes_others_back(tmp_path: Path) -> None:
    made = toys.dataset(tmp_path).with_struck([1, 2]).with_struck([2, 3], alone=True)
    assert [one.number for one in made.pictures if one.struck] == [2, 3]


def test_a_sheet_shows_every_crop_and_crosses_out_the_struck(tmp_path: Path) -> None:
    made = toys.dataset(tmp_path)
    before = sheet.sheet(tmp_path, made.pictures, 32)
    struck = sheet.sheet(tmp_path, made.with_struck([1]).pictures, 32)
    assert before.shape == (3 * 114, 12 * 96, 3)
    assert (before != struck).any(axis=(1, 2))[:96].any()
    assert (before[:, 96:] == struck[:, 96:]).all()


def test_numbers_as_people_write_them() -> None:
    assert sheet.numbers("3 7,12-15\n") == {3, 7, 12, 13, 14, 15}
    assert sheet.numbers("") == set()
    for wrong in ("x", "3-", "-3", "1-x", "²"):
        with pytest.raises(UsageError):
            sheet.numbers(wrong)


def test_a_folder_with_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "diary.txt").write_text("mine")
    with pytest.raises(UsageError, match="not empty"):
        toys.dataset(tmp_path)
    assert (tmp_path / "diary.txt").read_text() == "mine"


@pytest.mark.parametrize(
    "change",
    [
        ('"format": 2', '"format": 1'),
        ("crops/p00/0001.png", "crops/../0001.png"),
        ("crops/p00/0001.png", "/etc/0001.png"),
        ('"number": 2,', '"number": 1,'),
        ('"size": 32', '"size": 100000'),
        ('"person": "p00"', '"person": "nobody"'),
    ],
)
def test_a_damaged_manifest_is_refused(tmp_path: Path, change: tuple[str, str]) -> None:
    toys.dataset(tmp_path)
    path = tmp_path / "dataset.json"
    before = path.read_text()
    assert change[0] in before
    path.write_text(before.replace(*change))
    with pytest.raises(UsageError):
        data.read(tmp_path)


def test_a_crop_of_another_size_is_not_decoded(tmp_path: Path) -> None:
    made = toys.dataset(tmp_path)
    path = tmp_path / made.pictures[0].file
    content = bytearray(path.read_bytes())
    content[16:20] = (60_000).to_bytes(4, "big")
    path.write_bytes(content)
    with pytest.raises(UsageError, match="not a crop"):
        data.read_crop(path, 32)
