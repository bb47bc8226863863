"""How often each appearance let its owner in, and when last. Pure.

Nothing depends on it: it is sealed as templates are, in a file of its own, and where it is lost or
damaged counting begins anew.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from enroll.errors import StoreError
from enroll.store import envelope
from enroll.store.binding import Place
from enroll.store.envelope import OVERHEAD, Kind
from enroll.template import LONGEST_MODEL_ID, LONGEST_NAME, MOST_APPEARANCES, Appearance, in_utc
from models.errors import UsageError

USES = Kind(b"\x8fFUSES_\n", "uses")
MOST = 2**53 - 1
"""What a number of JSON holds exactly; there the count stays."""
LARGEST_FILE = MOST_APPEARANCES * (12 * (LONGEST_NAME + LONGEST_MODEL_ID) + 256) + OVERHEAD

AppearanceKey = tuple[str, str]
"""An appearance's name and model id."""


@dataclass(frozen=True, slots=True)
class Use:
    """`last` is the time in UTC, as appearances carry it. Raises UsageError out of bounds."""

    count: int
    last: str

    def __post_init__(self) -> None:
        if type(self.count) is not int or not 1 <= self.count <= MOST:
            raise UsageError(f"a count of uses is 1 to {MOST}")
        object.__setattr__(self, "last", in_utc(self.last))


def key_of(appearance: Appearance) -> AppearanceKey:
    """What an appearance's uses are found by."""
    return appearance.name, appearance.model_id


def counted(before: Use | None, *, times: int, last: str) -> Use:
    """`times` uses more. The last use never goes back, whatever the clock does."""
    if before is None:
        return Use(min(times, MOST), last)
    return Use(min(before.count + times, MOST), max(before.last, in_utc(last)))


def together(
    one: Mapping[AppearanceKey, Use], other: Mapping[AppearanceKey, Use]
) -> dict[AppearanceKey, Use]:
    """Both counts, added up."""
    added = {
        key: counted(one.get(key), times=use.count, last=use.last) for key, use in other.items()
    }
    return {**one, **added}


def seal(name: str, uses: Mapping[AppearanceKey, Use], secret: bytes, place: Place) -> bytes:
    """The file of a person's uses; of more than a person's appearances the first are kept."""
    listed = [
        {"look": appearance, "model": model, "count": use.count, "last": use.last}
        for (appearance, model), use in list(uses.items())[:MOST_APPEARANCES]
    ]
    payload = json.dumps({"uses": listed}).encode()
    return envelope.seal(USES, payload, name=name, secret=secret, place=place)


def unseal(content: bytes, secret: bytes, place: Place) -> dict[AppearanceKey, Use]:
    """What `seal` wrote; raises StoreError for anything else."""
    payload = envelope.unseal(USES, content, secret=secret, place=place)
    try:
        listed = json.loads(payload)["uses"]
        if len(listed) > MOST_APPEARANCES:
            raise ValueError("more appearances than a person has")
        return dict(_use(fields) for fields in listed)
    except (KeyError, TypeError, ValueError, RecursionError):
        raise StoreError("damaged inside") from None


def _use(fields: dict[str, Any]) -> tuple[AppearanceKey, Use]:
    appearance, model = fields["look"], fields["model"]
    if not isinstance(appearance, str) or not isinstance(model, str):
        raise TypeError("an appearance has a name and a model")
    return (appearance, model), Use(fields["count"], fields["last"])
