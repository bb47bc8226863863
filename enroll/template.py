"""What a person's template is: appearances, each a handful of embeddings of one model. Pure.

An *appearance* ("default", "glasses") holds the embeddings of its chosen frames; its template is
their centre. A person is as far away as the nearest of their appearances that the running model
made.
"""

import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import get_args

import numpy as np

from models.errors import UsageError
from models.scoring.matching import centre, distances
from models.types import Array, Embedding, Metric

MOST_APPEARANCES = 16
MOST_EMBEDDINGS = 64
FEWEST_DIMENSIONS, MOST_DIMENSIONS = 64, 1024
LONGEST_NAME = 64
LONGEST_MODEL_ID = 128
LONGEST_CAMERA = 160
MOST_ADAPTED = 8
"""Embeddings of one appearance that came after its enrolment; see `enroll.adaptation`."""
DEFAULT_APPEARANCE = "default"


# Control, format (bidirectional overrides), surrogate, private, unassigned, line and paragraph
# separators: what could hide in a name or forge a line of output.
_HIDDEN_CATEGORIES = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
# Also letters that show as nothing, though their category is "letter".
_BLANK_LETTERS = frozenset("\u115f\u1160\u3164\uffa0\u2800")
# Persian and the scripts of India need them between two letters; anywhere else they hide.
_JOINERS = frozenset("\u200c\u200d")
# Real components stay below 10; far larger ones would overflow the norms.
_LARGEST_COMPONENT = 1e4


def check_name(name: str, *, what: str = "name") -> str:
    """`name` in Unicode's composed form (NFC), or UsageError.

    1 to 64 printable characters without control, format and bidirectional characters (but a joiner
    between two letters that are not ASCII), without "/", not starting with ".", no space at either
    end.
    """
    # Composing shortens by four at most, and a hostile name may be endless.
    composed = unicodedata.normalize("NFC", name[: 4 * LONGEST_NAME + 1])
    if not 1 <= len(composed) <= LONGEST_NAME:
        raise UsageError(f"a {what} has 1 to {LONGEST_NAME} characters")
    refused = next((one for at, one in enumerate(composed) if _refused(composed, at)), None)
    if refused is not None:
        called = unicodedata.name(refused, "a control character")
        raise UsageError(
            f"a {what} has printable characters only, not U+{ord(refused):04X} ({called})"
        )
    if "/" in composed or composed.startswith(".") or composed != composed.strip():
        raise UsageError(f'a {what} has no "/", no leading "." and no space at its ends')
    return composed


def now() -> str:
    """The time in UTC as appearances carry it, such as "2025-03-01T12:00:00Z"."""
    return _dated(datetime.now(UTC))


@dataclass(frozen=True, slots=True, eq=False)
class Adapted:
    """An embedding (d,) that came after the enrolment, dated as appearances are."""

    created: str
    embedding: Embedding = field(repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "created", in_utc(self.created))
        row = _checked_embeddings(np.asarray(self.embedding)[None])[0]
        object.__setattr__(self, "embedding", row)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Adapted)
            and self.created == other.created
            and np.array_equal(self.embedding, other.embedding)
        )

    def __hash__(self) -> int:
        return hash(self.created)


@dataclass(frozen=True, slots=True, eq=False)
class Appearance:
    """One appearance of a person, by one model. Raises UsageError for values out of bounds.

    `embeddings` is (n, d) float32, 1 <= n <= 64, 64 <= d <= 1024, finite; a read-only copy is
    kept. `created` is ISO 8601 with an offset; it is kept in UTC to the second, as `now()` has it.
    `quality` of the pictures is in [0, 1], None where nobody wrote it down. `camera` says for a
    person which camera took them, "" where nobody wrote it down: 160 printable characters at most.
    """

    name: str
    created: str
    model_id: str
    metric: Metric
    embeddings: Array = field(repr=False)
    quality: float | None = None
    adapted: tuple[Adapted, ...] = field(default=(), repr=False)
    """Oldest first; what the enrolment itself took is `embeddings`, and never changes."""
    camera: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", check_name(self.name, what="appearance's name"))
        object.__setattr__(self, "created", in_utc(self.created))
        _check_model_id(self.model_id)
        if self.metric not in get_args(Metric):
            raise UsageError("a metric is euclidean or cosine")
        object.__setattr__(self, "embeddings", _checked_embeddings(self.embeddings))
        if self.quality is not None:
            object.__setattr__(self, "quality", _checked_quality(self.quality))
        object.__setattr__(self, "adapted", tuple(self.adapted))
        if len(self.camera) > LONGEST_CAMERA or not all(map(_shows, self.camera)):
            raise UsageError("a camera is named in one printable line")
        dimension = self.embeddings.shape[1]
        if len(self.adapted) > MOST_ADAPTED:
            raise UsageError(f"an appearance has at most {MOST_ADAPTED} adapted embeddings")
        if any(one.embedding.shape != (dimension,) for one in self.adapted):
            raise UsageError("the embeddings of an appearance have one dimension")

    @property
    def template(self) -> Embedding:
        """Where its faces are, (d,) float32: the centre of what the enrolment took, drawn
        towards that of what was adapted, which together weighs a quarter at most.
        """
        if not self.adapted:
            return self.original
        count = len(self.adapted)
        weight = min(count / (count + len(self.embeddings)), _MOST_ADAPTED_WEIGHT)
        learnt = centre(np.stack([one.embedding for one in self.adapted]), self.metric)
        return np.asarray((1 - weight) * self.original + weight * learnt, dtype=np.float32)

    @property
    def original(self) -> Embedding:
        """Centre of what the enrolment took, (d,) float32."""
        return centre(self.embeddings, self.metric)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Appearance):
            return False
        same = all(getattr(self, one) == getattr(other, one) for one in _PLAIN_FIELDS)
        return same and np.array_equal(self.embeddings, other.embeddings)

    def __hash__(self) -> int:
        return hash((self.name, self.created, self.model_id))


_MOST_ADAPTED_WEIGHT = 0.25
_PLAIN_FIELDS = ("name", "created", "model_id", "metric", "quality", "adapted", "camera")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody enrolled: 1 to 16 appearances, no two of the same name and model.

    Raises UsageError for values out of bounds.
    """

    name: str
    appearances: tuple[Appearance, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", check_name(self.name))
        object.__setattr__(self, "appearances", tuple(self.appearances))
        if not 1 <= len(self.appearances) <= MOST_APPEARANCES:
            raise UsageError(
                f"a person has 1 to {MOST_APPEARANCES} appearances", "remove an appearance first"
            )
        keys = [(appearance.name, appearance.model_id) for appearance in self.appearances]
        if len(set(keys)) != len(keys):
            raise UsageError("a person has no two appearances of the same name and model")

    def appearances_of(self, model_id: str) -> tuple[Appearance, ...]:
        """Those that this model made; only those may ever be compared with its embeddings."""
        return tuple(
            appearance for appearance in self.appearances if appearance.model_id == model_id
        )

    def distance(self, probe: Embedding, model_id: str) -> float:
        """Distance of `probe` (d,) to the nearest by `model_id`; infinity without any."""
        return min(
            (_distance(appearance, probe) for appearance in self.appearances_of(model_id)),
            default=np.inf,
        )

    def with_appearance(self, appearance: Appearance) -> "Person":
        """This person with `appearance`, in place of the one of the same name and model if any."""
        kept = (
            old
            for old in self.appearances
            if (old.name, old.model_id) != (appearance.name, appearance.model_id)
        )
        return Person(self.name, (*kept, appearance))

    def has(self, appearance: str) -> bool:
        """Whether there is an appearance of that name, by any model."""
        return any(one.name == appearance for one in self.appearances)

    def renamed(self, appearance: str, new: str) -> "Person":
        """This person with every `appearance` called `new`, which no other one may be."""
        return self._each(appearance, lambda one: replace(one, name=new))

    def reverted(self, appearance: str | None = None) -> "Person":
        """This person as enrolled: without what was adapted, in one appearance or in all."""
        return self._each(appearance, lambda one: replace(one, adapted=()))

    def _each(self, appearance: str | None, change: Callable[[Appearance], Appearance]) -> "Person":
        appearances = (
            change(one) if appearance in (None, one.name) else one for one in self.appearances
        )
        return Person(self.name, tuple(appearances))


def nearest(
    people: Iterable[Person], probe: Embedding, model_id: str
) -> tuple[Person, float] | None:
    """The person at the smallest finite distance, with it; None without any of the model."""
    measured = [(person, person.distance(probe, model_id)) for person in people]
    best = min(measured, key=lambda pair: pair[1], default=None)
    return best if best is not None and np.isfinite(best[1]) else None


def _distance(appearance: Appearance, probe: Embedding) -> float:
    if probe.shape != appearance.embeddings.shape[1:]:
        return float(np.inf)
    return float(distances(probe, appearance.template[None], appearance.metric)[0])


def _shows(character: str) -> bool:
    return not _hidden(character)


def _refused(text: str, at: int) -> bool:
    """Whether the character there could hide in a name, or forge a line of output."""
    if text[at] not in _JOINERS:
        return _hidden(text[at])
    around = text[at - 1 : at] + text[at + 1 : at + 2]
    return len(around) < 2 or not all(_joined(one) for one in around)


def _joined(character: str) -> bool:
    # A virama, after which a joiner asks for a form of the letter, is a mark.
    return not character.isascii() and unicodedata.category(character)[0] in "LM"


def _hidden(character: str) -> bool:
    category = unicodedata.category(character)
    # Of the spaces only the plain one: others (U+1680) may be drawn as lines or not at all.
    return (
        category in _HIDDEN_CATEGORIES
        or character in _BLANK_LETTERS
        or (category == "Zs" and character != " ")
    )


def _dated(moment: datetime) -> str:
    # Not strftime, which writes the year 999 in three digits.
    return moment.replace(tzinfo=None, microsecond=0).isoformat() + "Z"


def in_utc(created: str) -> str:
    """A time with an offset as appearances carry it, in UTC to the second; raises UsageError."""
    try:
        moment = datetime.fromisoformat(created)
        if moment.tzinfo is None:
            raise ValueError
        return _dated(moment.astimezone(UTC))
    except (ValueError, OverflowError):
        raise UsageError("an appearance is dated like 2025-03-01T12:00:00Z") from None


def _checked_quality(quality: float) -> float:
    # JSON and NumPy have numbers of their own; a truth value is none.
    number = isinstance(quality, int | float | np.floating) and not isinstance(quality, bool)
    if not number or not 0.0 <= quality <= 1.0:
        raise UsageError("a quality is a number from 0 to 1")
    return float(quality)


def _check_model_id(model_id: str) -> None:
    if (
        not 1 <= len(model_id) <= LONGEST_MODEL_ID
        or not model_id.isprintable()
        or any(character.isspace() for character in model_id)
    ):
        raise UsageError("a model id is one printable word")


def _checked_embeddings(embeddings: Array) -> Array:
    copy = np.array(embeddings, dtype=np.float32, order="C")
    if copy.ndim != 2 or not 1 <= copy.shape[0] <= MOST_EMBEDDINGS:
        raise UsageError(f"an appearance has 1 to {MOST_EMBEDDINGS} embeddings")
    if not FEWEST_DIMENSIONS <= copy.shape[1] <= MOST_DIMENSIONS:
        raise UsageError(f"an embedding has {FEWEST_DIMENSIONS} to {MOST_DIMENSIONS} dimensions")
    # Written so that NaN, which compares false with everything, is refused too.
    if not (np.abs(copy) <= _LARGEST_COMPONENT).all():
        raise UsageError("an embedding has finite values of ordinary size only")
    copy.setflags(write=False)
    return copy
