"""From a Keras model to the bytes of a LiteRT network."""

from typing import Any

from models.convert.quiet import quiet
from models.errors import ConversionError
from models.types import Precision


def convert(network: Any, precision: Precision) -> bytes:
    """LiteRT network of a Keras model.

    "int8" is dynamic-range quantisation: weights are stored as int8, activations quantised while
    it runs, inputs and outputs stay float32. Raises ConversionError.
    """
    import tensorflow as tf

    with quiet() as log:
        try:
            converter = tf.lite.TFLiteConverter.from_keras_model(network)
            if precision == "int8":
                converter.optimizations = [tf.lite.Optimize.DEFAULT]
            return bytes(converter.convert())
        except Exception as error:  # whatever the converter raises, it did not convert
            said = log.last_words() or str(error)
            raise ConversionError(f"TensorFlow cannot convert {network.name}: {said}") from error
