"""From a Keras model to the bytes of a LiteRT network."""

from typing import Any

from models.convert.quiet import quiet
from models.errors import ConversionError


def convert(network: Any) -> bytes:
    """Float32 LiteRT network of a Keras model; raises ConversionError."""
    import tensorflow as tf

    with quiet() as log:
        try:
            return bytes(tf.lite.TFLiteConverter.from_keras_model(network).convert())
        except Exception as error:  # whatever the converter raises, it did not convert
            said = log.last_words() or str(error)
            raise ConversionError(f"TensorFlow cannot convert {network.name}: {said}") from error
