"""The pairs reader on good files, on broken ones, and on hostile ones."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import FacelatchError, UsageError
from models.evaluation.pairs import Pair, PictureName, find_picture, parse_pairs, read_pairs
from tests.data import shared_data

TWO_FOLDS = """2\t1
Ada\t1\t2
Ada\t1\tBob\t3
Cy\t10\t2
Dee\t1\tBob\t3
"""


def test_two_folds() -> None:
    pairs = parse_pairs(TWO_FOLDS, "pairs.txt")
    assert len(pairs.folds) == 2
    assert not pairs.cut
    assert pairs.folds[0] == (
        Pair(PictureName("Ada", 1), PictureName("Ada", 2)),
        Pair(PictureName("Ada", 1), PictureName("Bob", 3)),
    )
    assert [pair.same for pair in pairs.pairs] == [True, False, True, False]
    assert PictureName("Cy", 10).stem == "Cy/Cy_0010"
    assert len(pairs.pictures()) == 6


def test_blanks_empty_lines_and_dos_line_ends_are_taken() -> None:
    text = TWO_FOLDS.replace("\t", "  ").replace("\n", "\r\n\r\n")
    assert parse_pairs(text, "p") == parse_pairs(TWO_FOLDS, "p")


def test_a_tab_separated_name_may_hold_blanks() -> None:
    text = "2\t1\nAda L\t1\t2\nAda L\t1\tBob\t1\nBob\t1\t2\nBob\t1\tAda L\t2\n"
    assert parse_pairs(text, "p").pairs[0].first == PictureName("Ada L", 1)


def test_one_fold_is_cut_into_parts_of_both_kinds() -> None:
    same = [f"P{i}\t1\t2" for i in range(25)]
    different = [f"P{i}\t1\tP{i + 1}\t1" for i in range(25)]
    pairs = parse_pairs("\n".join(["25", *same, *different]), "p")
    assert pairs.cut
    assert len(pairs.folds) == 10
    assert len(pairs.pairs) == 50
    assert len(set(pairs.pairs)) == 50
    for fold in pairs.folds:
        assert 2 * sum(pair.same for pair in fold) == len(fold)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is empty"),
        ("\n \n", "is empty"),
        ("name\ti\tj", "does not begin with numbers"),
        ("-1\t3", "does not begin with numbers"),
        ("0\t3", "does not begin with numbers"),
        ("1 2 3", "does not begin with numbers"),
        ("10\t300\n", "announces 10 x 2 x 300 pairs but holds 0"),
        ("999999 999999", "announces more than"),
        ("999999999999999999999999 1", "does not begin with numbers"),
        ("2 1\nA 1 2\nA 1 B 1\nA 1 2\nA 1\n", "line 5: neither"),
        ("2 1\nA 1 2\nA 1 B 1\nA 1 2\nA 1 B 1 2\n", "line 5: neither"),
        ("2 1\nA 1 x\nA 1 B 1\nA 1 2\nA 1 B 1\n", "line 2: 'x' is no picture number"),
        ("2 1\nA 1 0\nA 1 B 1\nA 1 2\nA 1 B 1\n", "no picture number"),
        ("2 1\nA 1 ²\nA 1 B 1\nA 1 2\nA 1 B 1\n", "no picture number"),
        ("2 1\nA 1 1\nA 1 B 1\nA 1 2\nA 1 B 1\n", "with itself"),
        ("2 1\nA 1 2\nA 1 A 2\nA 1 2\nA 1 B 1\n", "twice in a pair of different"),
        ("2 1\nA 1 2\nA 1 3\nA 1 B 2\nA 1 B 1\n", "fold 1 must hold 1 pairs of either kind"),
        ("2 1\n../etc 1 2\nA 1 B 1\nA 1 2\nA 1 B 1\n", "cannot be a person's folder"),
        ("2 1\n/etc 1 2\nA 1 B 1\nA 1 2\nA 1 B 1\n", "cannot be a person's folder"),
        ("2 1\n.A 1 2\nA 1 B 1\nA 1 2\nA 1 B 1\n", "cannot be a person's folder"),
        ("2\t1\n\t1\t2\nA\t1\tB\t1\nA\t1\t2\nA\t1\tB\t1\n", "cannot be a person's folder"),
        ("2 1\n" + "A" * 300 + " 1 2\nA 1 B 1\nA 1 2\nA 1 B 1\n", "cannot be a person's folder"),
        ("1\nA 1 2\nA 1 B 1\n", "cannot be cut"),
    ],
)
def test_what_is_wrong_is_said(text: str, says: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_pairs(text, "pairs.txt")
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b"\x89PNG\r\n\x1a\n\0\0\0", "not a text file"),
        (b"10\t300\n\xff\xfe", "not a text file"),
    ],
)
def test_files_that_are_no_pairs_files(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "pairs.txt"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=says):
        read_pairs(path)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No such file"):
        read_pairs(tmp_path / "none.txt")
    with pytest.raises(UsageError, match="is not a file"):
        read_pairs(tmp_path)


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_in_one_line(text: str) -> None:
    try:
        parse_pairs("2 1\n" + text, "pairs.txt")
    except FacelatchError as error:
        assert len(str(error).splitlines()) == 1


@given(st.lists(st.text(min_size=1, max_size=12), min_size=4, max_size=4))
def test_no_name_leads_out_of_the_folder(names: list[str]) -> None:
    a, b, c, d = names
    text = f"2\t1\n{a}\t1\t2\n{a}\t1\t{b}\t1\n{c}\t1\t2\n{c}\t1\t{d}\t1\n"
    try:
        pairs = parse_pairs(text, "pairs.txt")
    except FacelatchError:
        return
    folder = Path("/pictures")
    for name in pairs.pictures():
        assert (folder / f"{name.stem}.jpg").parent.parent == folder
        assert ".." not in (folder / name.stem).parts


def test_pictures_are_found_by_any_ending(tmp_path: Path) -> None:
    (tmp_path / "Ada").mkdir()
    (tmp_path / "Ada" / "Ada_0002.png").touch()
    assert find_picture(tmp_path, PictureName("Ada", 2)) == tmp_path / "Ada" / "Ada_0002.png"
    assert find_picture(tmp_path, PictureName("Ada", 1)) is None


def test_the_shared_half_of_lfw() -> None:
    folder = shared_data("lfw")
    pairs = read_pairs(folder / "pairs.txt")
    assert [len(fold) for fold in pairs.folds] == [600] * 5
    assert sum(pair.same for pair in pairs.pairs) == 1500
    assert all(find_picture(folder / "images", name) for name in pairs.pictures())
