"""The embedder that every converted embedding network runs in."""

from collections.abc import Sequence

import cv2
import numpy as np

from models import alignment
from models.assets import prepared
from models.assets.catalogue import ModelSpec
from models.assets.catalogue import spec as model_spec
from models.assets.runtime import Network
from models.assets.weights import source_digest
from models.embedders import whitening
from models.embedders.directions import direction
from models.embedders.joined import JoinedNetworks
from models.embedders.spec import EmbedderSpec
from models.embedders.whitening import Whitening
from models.errors import ImageError, ModelError, UsageError
from models.types import Array, Embedding, Image, Landmarks, Metric, Precision, ReferencePoints


class NetworkEmbedder:
    """An embedding network on LiteRT; satisfies `models.types.Embedder`.

    The network takes 1 x size x size x 3 RGB, 0..255 float32, and normalises inside.
    """

    def __init__(
        self,
        spec: EmbedderSpec,
        network: Network | JoinedNetworks,
        *,
        precision: Precision,
        model_id: str,
        whitened: Whitening | None = None,
    ) -> None:
        self._spec = spec
        self._shape = (spec.size, spec.size, 3)
        self._precision = precision
        self._network = network
        self._model_id = model_id
        self._whitening = whitened

    @property
    def name(self) -> str:
        """Name as in `facelatch models list`."""
        return self._spec.name

    @property
    def size(self) -> int:
        """Side of the chips, pixels."""
        return self._spec.size

    @property
    def dimension(self) -> int:
        """Of the embeddings."""
        return self._spec.dimension

    @property
    def model_id(self) -> str:
        """Name and weights digest; the same for every precision, whose embeddings agree."""
        return self._model_id

    @property
    def precision(self) -> Precision:
        """Number format of the network that runs."""
        return self._precision

    @property
    def metric(self) -> Metric:
        """The distance that the model was trained for."""
        return self._spec.metric

    @property
    def threshold(self) -> float:
        """Largest distance that counts as the same person, in `metric`."""
        return self._spec.threshold

    def align(self, image: Image, landmarks: Landmarks) -> tuple[Image, ...]:
        """The chips of one face, each size x size x 3 BGR uint8; the second one is mirrored."""
        reference, of_mirror = self._spec.reference, self._spec.mirror_reference
        chip = self._chip(image, landmarks, reference)
        if of_mirror is None:
            return (chip,)
        same = of_mirror is reference
        mirrored = cv2.flip(chip if same else self._chip(image, landmarks, of_mirror), 1)
        return chip, np.asarray(mirrored, dtype=np.uint8)

    def embed(self, chips: Sequence[Image]) -> Embedding:
        """One embedding of the chips of one face, (dimension,) float32.

        Of length 1 where the model wants that; of several chips the mean of their directions, each
        whitened by itself where the model is. Raises as `answer` does.
        """
        answers = [self.answer(chip) for chip in chips]
        if len(answers) == 1 and not self._spec.normalised:
            return answers[0]
        return direction(np.mean([self._seen(answer) for answer in answers], axis=0))

    def answer(self, chip: Image) -> Embedding:
        """What the network itself answers to one chip, (dimension,) float32.

        Raises ImageError for a chip that is not size x size x 3 uint8, ModelError where the
        network answers with anything but numbers.
        """
        return self._finite(self._network.run(self._batch(chip)))

    @property
    def parts(self) -> tuple[float, ...]:
        """Each network's share of the cosine where several are asked; empty for one."""
        return tuple(weight for _, weight in self._spec.parts)

    def embed_part(self, chip: Image, part: int) -> Embedding:
        """The direction that network number `part`, of several, gives to one chip, float32.

        Raises as `answer` does.
        """
        network = self._network
        if not isinstance(network, JoinedNetworks):
            raise UsageError(f"{self.name} asks one network only")
        return direction(self._finite(network.run_one(self._batch(chip), part)))

    def _batch(self, chip: Image) -> Array:
        if chip.shape != self._shape or chip.dtype != np.uint8:
            raise ImageError(f"{self.name} embeds chips of {self._shape} uint8, not {chip.shape}")
        # OpenCV swaps channels twenty times faster than NumPy reverses them.
        return cv2.cvtColor(chip, cv2.COLOR_BGR2RGB).astype(np.float32)[None]

    def _finite(self, answers: tuple[Array, ...]) -> Embedding:
        vector = answers[0][0]
        if not np.isfinite(vector).all():
            raise ModelError(f"{self.name} gave an embedding that is not finite")
        return np.asarray(vector, dtype=np.float32)

    def _seen(self, answer: Embedding) -> Embedding:
        seen = direction(answer)
        if self._whitening is None:
            return seen
        return direction(self._whitening.of(seen))

    def _chip(self, image: Image, landmarks: Landmarks, reference: ReferencePoints) -> Image:
        spec = self._spec
        if spec.upright:
            landmarks = alignment.upright(landmarks, reference)
        return alignment.align(image, landmarks, reference, spec.size, stretch=spec.stretch)


class LiteRTEmbedder(NetworkEmbedder):
    """A converted network of the zoo, or several whose answers are joined.

    Raises NotPreparedError or CorruptModelError where a network or its whitening cannot be
    loaded.
    """

    def __init__(
        self, spec: EmbedderSpec, *, precision: Precision | None = None, threads: int = 1
    ) -> None:
        model = model_spec(spec.name)
        precision = precision or prepared.read_manifest(model).precision
        super().__init__(
            spec,
            _network(spec, model, precision, threads),
            precision=precision,
            model_id=f"{spec.name}:{source_digest(model)[:16]}.{spec.revision}",
            whitened=whitening.load(spec.name, spec.dimension) if spec.whitened else None,
        )


def _network(
    spec: EmbedderSpec, model: ModelSpec, precision: Precision, threads: int
) -> Network | JoinedNetworks:
    def one(name: str) -> Network:
        return Network(prepared.load_network(model, name, precision), threads=threads)

    if not spec.parts:
        return one("embedder")
    return JoinedNetworks([one(name) for name, _ in spec.parts], [part[1] for part in spec.parts])
