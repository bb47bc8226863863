"""All cues together, on one face over time."""

from collections.abc import Callable, Collection, Mapping, Sequence

import numpy as np

from models.alignment import landmarks_from_box
from models.assets import prepared
from models.assets.catalogue import spec
from models.errors import ImageError, NotPreparedError
from models.liveness.evidence import Cue, CueEvidence, Mesh, Observation
from models.liveness.mesh import FaceMesh, MeshFinder
from models.types import Box, Detection, Image

_FIRST_INTERVAL, _MESH_INTERVAL = 0.14, 0.29
"""Seconds between the first two meshes, and later ones: each costs some three milliseconds, reading
its eyes four more; but without a second one, eyes and mouth are unknown."""


class Suite:
    """Shows one face to all cues. Not for use by two threads at once."""

    def __init__(self, cues: Sequence[Cue], mesh: MeshFinder | None = None) -> None:
        self._cues = tuple(cues)
        self._finder = mesh
        self._meshed: float | None = None
        self._meshes = 0

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the cues."""
        return tuple(cue.name for cue in self._cues)

    def observe(
        self, time: float, image: Image, face: Detection, others: Sequence[Detection] = ()
    ) -> None:
        """Shows `face` of the frame `image` at `time` (seconds) to every cue."""
        mesh = self._mesh(time, image, face)
        observation = Observation(time, image, face, tuple(others), mesh)
        for cue in self._cues:
            cue.observe(observation)

    def warm_up(self) -> None:
        """Runs every network once, so that the first frame of a face takes as long as the next.

        Forgets the face. Raises ModelError where a network answers with anything but numbers.
        """
        blank = np.zeros((480, 640, 3), dtype=np.uint8)
        middle = Box(160, 120, 480, 360)
        face = Detection(middle, 1.0, landmarks_from_box(middle))
        mesh = self._mesh(0.0, blank, face)
        if mesh is not None:
            # There is no face, so the mesh says: the eyes would not be read.
            mesh = Mesh(mesh.points, 1.0)
        for cue in self._cues:
            cue.observe(Observation(0.0, blank, face, (), mesh))
        self.reset()

    def evidence(self) -> tuple[CueEvidence, ...]:
        """What each cue says of all frames since the last `reset`."""
        return tuple(cue.evidence() for cue in self._cues)

    def reset(self) -> None:
        """Forgets the face: another one is shown next."""
        self._meshed, self._meshes = None, 0
        for cue in self._cues:
            cue.reset()

    def _mesh(self, time: float, image: Image, face: Detection) -> Mesh | None:
        interval = _MESH_INTERVAL if self._meshes > 1 else _FIRST_INTERVAL
        recent = self._meshed is not None and 0 <= time - self._meshed < interval
        if self._finder is None or recent:
            return None
        self._meshed = time
        self._meshes += 1
        try:
            return self._finder.find(image, face)
        except ImageError:
            return None


def default_suite(*, without: Collection[str] = ()) -> Suite:
    """The cues whose networks are prepared on this machine, less those named in `without`.

    A cue without its networks is left out: `Suite.names` tells. Damage is no absence: raises
    CorruptModelError.
    """
    wanted = [name for name in _FACTORIES if name not in without]
    cues = [made for name in wanted if (made := cue(name)) is not None]
    return Suite(cues, FaceMesh() if is_prepared("facemesh") else None)


def cue(name: str) -> Cue | None:
    """A new cue, one of `CUES`; None where its networks are not prepared."""
    return _FACTORIES[name]()


def is_prepared(model: str) -> bool:
    """Whether the converted networks of `model` are on this machine; raises CorruptModelError."""
    try:
        return bool(prepared.read_manifest(spec(model)))
    except NotPreparedError:
        return False


def _texture() -> Cue | None:
    from models.liveness.texture import CROPS, MiniFasNet, Texture

    networks = [MiniFasNet(name) for name in CROPS if is_prepared(name)]
    return Texture(networks) if networks else None


def _attention() -> Cue | None:
    from models.liveness.attention import Attention
    from models.liveness.eyes import IrisReader

    return Attention(IrisReader()) if is_prepared("iris") and is_prepared("facemesh") else None


def _covering() -> Cue | None:
    from models.liveness.covering import Covering

    return Covering() if is_prepared("facemesh") else None


def _depth() -> Cue:
    from models.liveness.depth import DepthCue

    return DepthCue()


def _surroundings() -> Cue:
    from models.liveness.surroundings import SurroundingsCue

    return SurroundingsCue()


def _stream() -> Cue:
    from models.liveness.stream import StreamCue

    return StreamCue()


def _moire() -> Cue:
    from models.liveness.moire import MoireCue

    return MoireCue()


def _infrared() -> Cue:
    from models.liveness.infrared import InfraredCue

    return InfraredCue()


_FACTORIES: Mapping[str, Callable[[], Cue | None]] = {
    "texture": _texture,
    "covering": _covering,  # before attention: who wears a mask is told that first
    "attention": _attention,
    "depth": _depth,
    "surroundings": _surroundings,
    "stream": _stream,
    "moire": _moire,
    "infrared": _infrared,
}

CUES = tuple(_FACTORIES)
"""Names of all cues."""
