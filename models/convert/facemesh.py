"""MediaPipe's face mesh, from the published graph model of TensorFlow.js."""

from typing import Any

from models.assets.catalogue import spec
from models.assets.weights import read_source
from models.convert.tfjs_file import read_graph
from models.convert.tfjs_graph import keras_model

_SIZE = 192
_OUTPUTS = ("Identity_2", "Identity_1")
"""468 points (x, y, z in pixels of the input) and the probability of a face. The third output,
contours, repeats points of the mesh."""


def networks() -> dict[str, Any]:
    """Keras model `mesh`: 1 x 192 x 192 x 3 RGB 0..1 -> 1 x 1405, points and then probability.

    Raises NotInstalledError, CorruptModelError or ConversionError.
    """
    model = spec("facemesh")
    graph = read_graph(*(read_source(model, source) for source in model.sources))
    return {"mesh": keras_model(graph, (1, _SIZE, _SIZE, 3), _OUTPUTS, name="facemesh")}
