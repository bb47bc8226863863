"""Embeds the chips of a followed face in turn, by one network a frame; later in fewer frames."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

import numpy as np

from models.embedders.directions import direction
from models.embedders.joined import joined
from models.types import Detection, Embedder, Embedding, Image

YOUNG_SECONDS = 0.25
"""For so long each frame of a face that is followed is embedded: whom three frames let in waits for
none of them."""
REST_SECONDS = 0.1
"""Between two frames that are embedded later. Frames that are nearer in time say little new: by
`models.scoring.decision.TAU_SECONDS` one of three counts 0.49, where all of them count 0.60."""

ALONE_SECONDS = 1.0
"""For so long nobody was embedded before a face whose first frame is embedded in one chip: as long
as `models.scoring.decision.Rule.forget_seconds`, so of an attempt's frames it is the first alone.
"""

_TOLERANCE_SECONDS = 0.01  # a camera's frames do not come to the millisecond
_BOTH = 2
_LENGTH_TOLERANCE = 1e-3


_View = tuple[Embedding, ...]
"""What each network said of one chip: directions, in the embedder's order."""
_Views = tuple[_View, _View | None]
"""Of the straight chip, and of the mirrored one, if it was looked at."""


@runtime_checkable
class AsksSeveral(Protocol):
    """What an embedder offers that asks several networks: one of them alone."""

    @property
    def parts(self) -> tuple[float, ...]:
        """Each network's share of the cosine; empty for one network."""
        ...

    def embed_part(self, chip: Image, part: int) -> Embedding:
        """The direction, float32, that network number `part` gives to one chip."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class _Known:
    """What was said of `face`; the oldest of it is look number `turn`, which is the next.

    Looks are counted over the straight chip's networks and then the mirrored one's. `embedding` is
    what was made of `views`, at `embedded`, and `began` when the face was first embedded, in
    seconds; NaN where nobody said.
    """

    face: Detection
    views: _Views
    turn: int
    embedding: Embedding
    began: float
    embedded: float


class ChipTurns:
    """Embeds faces of frames that follow each other. Not for use by two threads at once.

    An embedder that looks at a face and at its mirror image averages out what differs from one look
    to the next. Of a face that is followed from the frame before the two looks may as well be of
    two frames: the straight chip of this one and the mirrored one of the last, then the other way
    round. Where several networks are asked, each frame asks one of them about one chip: so what two
    networks say is of the last four frames that were embedded.

    What was said before counts only where this frame's look lies as near to what the same network
    said of the other chip as the embedder wants of one person; where it does not, both chips of
    this frame are embedded. So nobody is ever an average of himself and somebody else.

    Of the first face after ALONE_SECONDS the straight chip is all, where frames have times: it
    decides nothing by itself, and the next frame has both.
    """

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._several: AsksSeveral | None = None
        self._weights: tuple[float, ...] = (1.0,)
        if isinstance(embedder, AsksSeveral) and len(embedder.parts) > 1:
            self._several, self._weights = embedder, embedder.parts
        self._last: list[_Known] = []
        self._current: list[_Known] = []
        self._embedded = -math.inf

    def next_frame(self) -> None:
        """What was embedded since the last call becomes the frame before."""
        self._last, self._current = self._current, []

    def held(self, face: Detection, before: Detection | None, time: float) -> Embedding | None:
        """The embedding that `before` has already, where a frame at `time` adds little to it.

        None where `face` must be embedded: it was not followed, it is followed for less than
        YOUNG_SECONDS or since `renew`, or what is known is REST_SECONDS old. `time` is in seconds;
        of what is embedded without one (NaN) nothing is held.
        """
        known = self._known(before)
        if known is None or not time - known.began >= YOUNG_SECONDS - _TOLERANCE_SECONDS:
            return None
        if not 0.0 < time - known.embedded < REST_SECONDS - _TOLERANCE_SECONDS:
            return None
        self._current.append(replace(known, face=face))
        return known.embedding

    def renew(self) -> None:
        """Somebody new wants to know: each frame is embedded again for a while."""
        self._current = [replace(known, began=math.nan) for known in self._current]

    def embed(
        self,
        face: Detection,
        chips: Sequence[Image],
        before: Detection | None,
        time: float = math.nan,
    ) -> Embedding:
        """The embedding of `face`, which was `before` in the last frame (None: it was not there).

        Raises as `Embedder.embed` does.
        """
        if len(chips) != _BOTH:
            return self._embedder.embed(chips)
        known = self._known(before)
        looks = _Looks(self._look, chips)
        seen = None if known is None else self._again(known, looks)
        if seen is None:
            seen = self._afresh(looks, alone=known is None and self._is_first(time))
        if not looks.all_are_directions:
            return self._embedder.embed(chips)
        views, turn = seen
        embedding = self._together(views)
        self._embedded = time
        began = time if known is None or math.isnan(known.began) else known.began
        self._current.append(_Known(face, views, turn, embedding, began, time))
        return embedding

    def _again(self, known: _Known, looks: "_Looks") -> tuple[_Views, int] | None:
        """`known` with its oldest look made anew; None where that shows somebody else."""
        count = len(self._weights)
        chip, part = divmod(known.turn, count)
        old, other = known.views[chip], known.views[1 - chip]
        anew = range(count) if old is None else (part,)
        view = tuple(
            looks.at(chip, i) if old is None or i == part else old[i] for i in range(count)
        )
        if other is None or not all(self._agree(view[i], other[i]) for i in anew):
            return None
        views = (view, other) if chip == 0 else (other, view)
        return views, (known.turn + len(anew)) % (_BOTH * count)

    def _afresh(self, looks: "_Looks", *, alone: bool) -> tuple[_Views, int]:
        """Both chips as every network sees them, or the straight one alone."""
        parts = range(len(self._weights))
        straight = tuple(looks.at(0, part) for part in parts)
        if alone and looks.all_are_directions:
            return (straight, None), len(parts)
        return (straight, tuple(looks.at(1, part) for part in parts)), len(parts)

    def _look(self, chip: Image, part: int) -> Embedding:
        if self._several is None:
            return self._embedder.embed([chip])
        return self._several.embed_part(chip, part)

    def _together(self, views: _Views) -> Embedding:
        straight, mirrored = views
        whole = joined(straight, self._weights)
        return direction(whole if mirrored is None else whole + joined(mirrored, self._weights))

    def _is_first(self, time: float) -> bool:
        return time - self._embedded > ALONE_SECONDS

    def _known(self, before: Detection | None) -> _Known | None:
        return next((one for one in self._last if one.face is before), None)

    def _agree(self, one: Embedding, other: Embedding) -> bool:
        cosine = float(one @ other)
        apart = 1.0 - cosine
        if self._embedder.metric == "euclidean":
            apart = float(np.sqrt(max(2.0 * apart, 0.0)))
        return _is_direction(one) and apart <= self._embedder.threshold


class _Looks:
    """What the networks say of the chips of one frame, each asked when it is first wanted."""

    def __init__(self, look: Callable[[Image, int], Embedding], chips: Sequence[Image]) -> None:
        self._look = look
        self._chips = chips
        self._made: dict[tuple[int, int], Embedding] = {}

    def at(self, chip: int, part: int) -> Embedding:
        """What network number `part` says of chip number `chip`."""
        if (chip, part) not in self._made:
            self._made[chip, part] = self._look(self._chips[chip], part)
        return self._made[chip, part]

    @property
    def all_are_directions(self) -> bool:
        """Whether all that was said so far has length 1."""
        return all(_is_direction(one) for one in self._made.values())


def _is_direction(vector: Embedding) -> bool:
    return abs(float(np.linalg.norm(vector)) - 1.0) <= _LENGTH_TOLERANCE
