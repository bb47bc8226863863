"""Run by itself: keras-facenet's own network with random weights, its file and its embeddings.

    python facenet_reference.py INPUTS.npy WEIGHTS.h5 EMBEDDINGS.npy

INPUTS are n x 160 x 160 x 3 RGB, 0..255. Batch normalisations get the statistics of these inputs
and random shifts, so that no layer is dead and a mistake in any of them shows.
"""

import os
import sys

os.environ.update(TF_USE_LEGACY_KERAS="1", TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="-1")

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf


def _reference() -> Any:
    # Loaded alone: the package's own __init__ needs much more than the network.
    package = importlib.util.find_spec("keras_facenet")
    assert package is not None and package.submodule_search_locations
    path = Path(package.submodule_search_locations[0], "inception_resnet_v1.py")
    module_spec = importlib.util.spec_from_file_location("reference", path)
    assert module_spec is not None and module_spec.loader is not None
    module = importlib.util.module_from_spec(module_spec)
    module_spec.loader.exec_module(module)
    return module.InceptionResNetV1(input_shape=(160, 160, 3), classes=512)


def _randomise(network: Any, chips: Any) -> None:
    rng = np.random.default_rng(7)
    normalisations = [layer for layer in network.layers if "BatchNorm" in layer.name]
    for layer in network.layers:
        if hasattr(layer, "bias") and layer.bias is not None:
            layer.bias.assign(rng.normal(0, 0.2, layer.bias.shape))
    for layer in normalisations:
        layer.beta.assign(rng.normal(0, 0.3, layer.beta.shape))
        layer.momentum = 0.0
    network(chips, training=True)
    for layer in normalisations:
        wobble = rng.uniform(0.8, 1.25, layer.moving_variance.shape)
        layer.moving_variance.assign(layer.moving_variance.numpy() * wobble)


def main() -> None:
    inputs, weights, embeddings = sys.argv[1:]
    tf.keras.utils.set_random_seed(5)
    chips = (np.load(inputs) - 127.5) / 127.5
    network = _reference()
    _randomise(network, chips.astype(np.float32))
    network.save_weights(weights)
    np.save(embeddings, network(chips.astype(np.float32), training=False).numpy())


if __name__ == "__main__":
    main()
