"""MediaPipe's iris network, from the published graph model of TensorFlow.js."""

from typing import Any

from models.assets.catalogue import spec
from models.assets.weights import read_source
from models.convert.tfjs_file import read_graph
from models.convert.tfjs_graph import keras_model

_SIZE = 64


def networks() -> dict[str, Any]:
    """Keras model `iris`: 1 x 64 x 64 x 3 RGB 0..1 -> 1 x 228.

    71 points of the eye's surroundings, then five of the iris, each x, y, z in pixels of the
    input. Raises NotInstalledError, CorruptModelError or ConversionError.
    """
    model = spec("iris")
    graph = read_graph(*(read_source(model, source) for source in model.sources))
    return {"iris": keras_model(graph, (1, _SIZE, _SIZE, 3), ("Identity",), name="iris")}
