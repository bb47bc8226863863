"""A folder of people: who is there, what is left out, and one clear line for wrong folders."""

from pathlib import Path

import pytest

from models.errors import UsageError
from models.evaluation.people import read_people
from models.evaluation.workbench import data_digest, data_name


def fill(folder: Path, names: dict[str, list[str]]) -> Path:
    for person, pictures in names.items():
        (folder / person).mkdir(parents=True)
        for picture in pictures:
            (folder / person / picture).write_bytes(picture.encode())
    return folder


def test_people_and_pictures_by_name(tmp_path: Path) -> None:
    fill(tmp_path, {"Bob": ["b.JPG", "a.png", "notes.txt"], "Anna": ["1.jpeg"], "Empty": []})
    (tmp_path / "readme.txt").write_text("x")
    (tmp_path / "Bob" / "more").mkdir()
    people = read_people(tmp_path)
    assert people.names == ("Anna", "Bob", "Empty")
    assert [path.name for path in people.paths] == ["1.jpeg", "a.png", "b.JPG"]
    assert people.person.tolist() == [0, 1, 1]
    assert people.counts().tolist() == [1, 2, 0]
    assert people.left_out == 3


@pytest.mark.parametrize(
    ("names", "says"),
    [
        ({}, "no pictures in"),
        ({"Anna": [], "Bob": ["a.txt"]}, "no pictures in"),
        ({"Anna": ["a.jpg", "b.jpg"], "Bob": []}, "one person only: 'Anna'"),
    ],
)
def test_folders_without_error_rates(
    tmp_path: Path, names: dict[str, list[str]], says: str
) -> None:
    with pytest.raises(UsageError, match=says):
        read_people(fill(tmp_path, names))


def test_pictures_without_folders(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"x")
    with pytest.raises(UsageError, match="no folders of pictures; it must hold a folder for each"):
        read_people(tmp_path)


def test_what_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"x")
    for path in (tmp_path / "a.jpg", tmp_path / "none"):
        with pytest.raises(UsageError, match="is not a folder"):
            read_people(path)


def test_the_digest_follows_pictures_and_people_and_not_where_they_lie(tmp_path: Path) -> None:
    first = read_people(fill(tmp_path / "1", {"A": ["a.jpg"], "B": ["b.jpg"]}))
    same = read_people(fill(tmp_path / "2", {"A": ["a.jpg"], "B": ["b.jpg"]}))
    moved = read_people(fill(tmp_path / "3", {"A": ["b.jpg"], "B": ["a.jpg"]}))
    assert data_digest(first) == data_digest(same) != data_digest(moved)
    (tmp_path / "2" / "A" / "a.jpg").write_bytes(b"changed")
    assert data_digest(first) != data_digest(same)


def test_names_of_data_tell_nothing_of_the_machine() -> None:
    assert data_name(Path("/home/anna/photos/faces")) == "photos/faces"
