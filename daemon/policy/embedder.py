"""Which network "auto" means where people are enrolled: the one that knows them. Pure."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EmbedderChoice:
    """What "auto" means.

    `kept` is what people are enrolled with, "" for whatever is the best; `better` what would be
    taken if nobody was enrolled, "" where that is the same.
    """

    kept: str = ""
    better: str = ""


def embedder_of(model_id: str) -> str:
    """The embedder's name in a model's id: `name:digest.revision`, where a name may have colons."""
    return model_id.rpartition(":")[0]


def choose_embedder(
    people: Iterable[Collection[str]], *, usable: Collection[str], best_first: Sequence[str]
) -> EmbedderChoice:
    """What "auto" goes on with. A better one that was installed since would know nobody.

    `people` are, for each, the ids of the models that made their appearances. The embedder of most
    people is kept, of two with as many the better; one that is not `usable` cannot be.
    """
    counted = Counter(
        name for model_ids in people for name in {embedder_of(one) for one in model_ids}
    )
    installed = [name for name in best_first if name in usable]
    known = [name for name in installed if counted[name]]
    if not known:
        return EmbedderChoice()
    kept = max(known, key=lambda name: counted[name])
    return EmbedderChoice(kept, "" if kept == installed[0] else installed[0])
