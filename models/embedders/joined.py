"""Several networks asked about one chip: what they say, side by side, is one embedding.

The cosine of two such embeddings is the weighted mean of the networks' own cosines: as networks err
about other people, few strangers are near by all of them.
"""

from collections.abc import Sequence

import numpy as np

from models.assets.runtime import Network
from models.embedders.directions import direction
from models.types import Array, Embedding


class JoinedNetworks:
    """`networks` in place of one; each one's share of `weights`, which add up to 1, is its share of
    the cosine.
    """

    def __init__(self, networks: Sequence[Network], weights: Sequence[float]) -> None:
        self._networks = tuple(zip(networks, weights, strict=True))

    def run(self, batch: Array) -> tuple[Array, ...]:
        """One row of all answers to `batch`, a single chip; NaN where a network gave no numbers."""
        answers = [network.run(batch)[0][0] for network, _ in self._networks]
        return (joined(answers, [weight for _, weight in self._networks])[None],)

    def run_one(self, batch: Array, index: int) -> tuple[Array, ...]:
        """What network number `index` alone answers to `batch`, a single chip."""
        return self._networks[index][0].run(batch)


def joined(answers: Sequence[Embedding], weights: Sequence[float]) -> Embedding:
    """Directions of `answers` (d1,), (d2,), ... one behind the other, (d1 + d2 + ...,); each scaled
    to the root of its weight, so that all together have length 1 where the weights add up to it.
    """
    # Of what is not finite NaN is left, which is nobody's; without a warning.
    with np.errstate(invalid="ignore", over="ignore"):
        return np.concatenate(
            [
                np.float32(np.sqrt(weight)) * direction(answer)
                for answer, weight in zip(answers, weights, strict=True)
            ]
        )
