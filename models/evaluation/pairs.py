"""Reads a pairs file: which pictures of which people are compared, in which fold.

The format of Labeled Faces in the Wild (Huang et al., 2007): a header `folds n` (or `n` alone for
one fold), then for each fold n lines `name i j` (one person) and n lines `name i name j` (two).
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from models import files
from models.errors import UsageError

PICTURE_ENDINGS = (".jpg", ".jpeg", ".png", ".pgm", ".ppm", ".bmp", ".webp")

_MOST_BYTES = 64 * 1024 * 1024
_MOST_PAIRS = 2_000_000
_MOST_FOLDS = 1000
_MOST_NUMBER = 999_999
_LONGEST_NAME = 200
_PARTS_OF_ONE_FOLD = 10


@dataclass(frozen=True, slots=True, order=True)
class PictureName:
    """The `number`th picture (from 1) of `person`, whose name is also its folder's."""

    person: str
    number: int

    @property
    def stem(self) -> str:
        """Path below the folder of pictures, without its ending."""
        return f"{self.person}/{self.person}_{self.number:04d}"


@dataclass(frozen=True, slots=True)
class Pair:
    """Two pictures; they show one person where the names are equal."""

    first: PictureName
    second: PictureName

    @property
    def same(self) -> bool:
        """True where both show one person."""
        return self.first.person == self.second.person


@dataclass(frozen=True, slots=True)
class PairList:
    """All pairs by fold."""

    folds: tuple[tuple[Pair, ...], ...]
    cut: bool
    """True where the file has one fold only, which was cut into parts to have others."""

    @property
    def pairs(self) -> tuple[Pair, ...]:
        """All pairs, fold after fold."""
        return tuple(pair for fold in self.folds for pair in fold)

    def pictures(self) -> tuple[PictureName, ...]:
        """Every picture named, once, sorted."""
        return tuple(sorted({name for pair in self.pairs for name in (pair.first, pair.second)}))


def read_pairs(path: Path) -> PairList:
    """The pairs of a file; raises UsageError naming file and line for whatever is wrong."""
    return parse_pairs(_text(path), str(path))


def parse_pairs(text: str, origin: str) -> PairList:
    """The pairs of a file's text; `origin` names it in messages. Raises UsageError."""
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    if not lines:
        raise UsageError(f"{origin} is empty", "give a pairs file in the format of LFW")
    folds, each = _header(lines[0][1], origin)
    body = lines[1:]
    if len(body) != folds * 2 * each:
        raise UsageError(
            f"{origin} announces {folds} x 2 x {each} pairs but holds {len(body)}",
            "the file is cut off or is no pairs file",
        )
    pairs = [_pair(line, f"{origin}, line {number}") for number, line in body]
    size = 2 * each
    parts = tuple(tuple(pairs[i * size : (i + 1) * size]) for i in range(folds))
    for index, part in enumerate(parts, 1):
        if sum(pair.same for pair in part) != each:
            raise UsageError(f"{origin}: fold {index} must hold {each} pairs of either kind")
    return PairList(parts, cut=False) if folds > 1 else PairList(_cut(parts[0]), cut=True)


def find_picture(folder: Path, name: PictureName) -> Path | None:
    """The file of a picture below `folder`, or None."""
    for ending in PICTURE_ENDINGS:
        # Cameras write capitals.
        for spelled in (ending, ending.upper()):
            path = folder / f"{name.stem}{spelled}"
            if path.is_file():
                return path
    return None


def _text(path: Path) -> str:
    try:
        content = files.read_bounded(path, most=_MOST_BYTES)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {files.reason(error)}") from error
    except files.UntrustedError as error:
        raise UsageError(str(error)) from error
    if len(content) > _MOST_BYTES:
        raise UsageError(f"{path} is larger than {_MOST_BYTES >> 20} MiB: no pairs file")
    if b"\0" in content:
        raise UsageError(f"{path} is not a text file", "give a pairs file in the format of LFW")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(f"{path} is not a text file in UTF-8") from None


def _header(line: str, origin: str) -> tuple[int, int]:
    """Folds, and pairs of either kind in each."""
    numbers = [_number(field) for field in line.split()]
    counts = [number for number in numbers if number is not None]
    if len(counts) != len(numbers) or len(counts) not in (1, 2):
        raise UsageError(
            f"{origin} does not begin with numbers of folds and pairs", "such as: 10 300"
        )
    folds, each = counts if len(counts) == 2 else (1, counts[0])
    if folds > _MOST_FOLDS or 2 * folds * each > _MOST_PAIRS:
        raise UsageError(f"{origin} announces more than {_MOST_PAIRS} pairs or {_MOST_FOLDS} folds")
    return folds, each


def _number(field: str) -> int | None:
    """A number from 1 to the largest allowed, or None."""
    if not field.isascii() or not field.isdigit() or len(field) > len(str(_MOST_NUMBER)):
        return None
    value = int(field)
    return value if value >= 1 else None


def _pair(line: str, where: str) -> Pair:
    # LFW separates with tabs; other lists of the same format with blanks.
    fields = [field.strip() for field in (line.split("\t") if "\t" in line else line.split())]
    if len(fields) not in (3, 4):
        raise UsageError(f"{where}: neither 'name i j' nor 'name i name j'")
    person, number, *rest = fields
    other = rest[0] if len(rest) == 2 else person
    pair = Pair(_picture(person, number, where), _picture(other, rest[-1], where))
    if pair.first == pair.second:
        raise UsageError(f"{where}: compares a picture with itself")
    if len(rest) == 2 and pair.same:
        raise UsageError(f"{where}: names {_shown(person)} twice in a pair of different people")
    return pair


def _picture(person: str, number: str, where: str) -> PictureName:
    # The name becomes a path: it must stay below the folder of pictures.
    if (
        not 1 <= len(person) <= _LONGEST_NAME
        or person.startswith(".")
        or not person.isprintable()
        or "/" in person
    ):
        raise UsageError(f"{where}: {_shown(person)} cannot be a person's folder")
    value = _number(number)
    if value is None:
        raise UsageError(f"{where}: {_shown(number)} is no picture number")
    return PictureName(person, value)


def _shown(text: str) -> str:
    return ascii(text[:60])


def _cut(pairs: Sequence[Pair]) -> tuple[tuple[Pair, ...], ...]:
    """Up to ten parts of one fold, each with its share of both kinds, in the file's order."""
    same = [pair for pair in pairs if pair.same]
    different = [pair for pair in pairs if not pair.same]
    parts = min(_PARTS_OF_ONE_FOLD, len(same))
    if parts < 2:
        raise UsageError("one pair of either kind cannot be cut into folds")
    bounds = [round(len(same) * i / parts) for i in range(parts + 1)]
    return tuple(
        tuple(same[low:high] + different[low:high]) for low, high in itertools.pairwise(bounds)
    )
