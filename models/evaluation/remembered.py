"""Liveness cues that look at each frame once, however often a clip is played.

What a network says of a frame does not depend on what came before it, so that fifty runs of one
clip need it once. What follows points over time is computed anew for each run.
"""

from collections.abc import Callable
from typing import TypeVar

from models.liveness import suite
from models.liveness.attention import Attention
from models.liveness.evidence import Cue, Mesh
from models.liveness.eyes import EyeReader, Eyes, IrisReader
from models.liveness.mesh import FaceMesh, MeshFinder
from models.liveness.suite import Suite
from models.liveness.texture import CROPS, MiniFasNet, Texture, TextureNetwork
from models.types import Box, Detection, Image

NETWORK_CUES = ("texture", "attention", "covering")
"""Names of the cues that need networks."""

_T = TypeVar("_T")


class Memory:
    """Answers by frame, until it forgets them."""

    def __init__(self) -> None:
        self._answers: dict[tuple[str, int], object] = {}
        self._images: dict[int, Image] = {}
        """Kept, so that no other picture comes to lie where one lay."""

    def forget(self) -> None:
        """Another clip comes."""
        self._answers.clear()
        self._images.clear()

    def recall(self, what: str, image: Image, ask: Callable[[], _T]) -> _T:
        """What `ask` answered when it was first asked about `what` in this picture."""
        key = what, id(image)
        if key not in self._answers:
            self._answers[key] = ask()
            self._images[id(image)] = image
        return self._answers[key]  # type: ignore[return-value]  # one kind of answer by `what`


class RememberedTexture:
    """Satisfies `models.liveness.texture.TextureNetwork`; one face of each picture."""

    def __init__(self, name: str, network: TextureNetwork, memory: Memory) -> None:
        self._name, self._network, self._memory = name, network, memory

    def score(self, image: Image, box: Box) -> float | None:
        """As the network's."""
        return self._memory.recall(self._name, image, lambda: self._network.score(image, box))


class RememberedMesh:
    """Satisfies `models.liveness.mesh.MeshFinder`; one face of each picture."""

    def __init__(self, finder: MeshFinder, memory: Memory) -> None:
        self._finder, self._memory = finder, memory

    def find(self, image: Image, face: Detection) -> Mesh:
        """As the finder's; an ImageError is raised each time anew."""
        return self._memory.recall("mesh", image, lambda: self._finder.find(image, face))


class RememberedEyes:
    """Satisfies `models.liveness.eyes.EyeReader`; one face of each picture."""

    def __init__(self, reader: EyeReader, memory: Memory) -> None:
        self._reader, self._memory = reader, memory

    def read(self, image: Image, mesh: Mesh) -> Eyes:
        """As the reader's; an ImageError is raised each time anew."""
        return self._memory.recall("eyes", image, lambda: self._reader.read(image, mesh))


def remembering_suite(memory: Memory) -> Suite:
    """The cues whose networks are prepared on this machine, as `suite.default_suite` has them."""
    made = [_cue(name, memory) for name in suite.CUES]
    meshed = suite.is_prepared("facemesh")
    finder = RememberedMesh(FaceMesh(), memory) if meshed else None
    return Suite([cue for cue in made if cue is not None], finder)


def _cue(name: str, memory: Memory) -> Cue | None:
    if name == "texture":
        names = [one for one in CROPS if suite.is_prepared(one)]
        networks = [RememberedTexture(one, MiniFasNet(one), memory) for one in names]
        return Texture(networks) if networks else None
    if name == "attention" and suite.is_prepared("iris") and suite.is_prepared("facemesh"):
        return Attention(RememberedEyes(IrisReader(), memory))
    return None if name == "attention" else suite.cue(name)
