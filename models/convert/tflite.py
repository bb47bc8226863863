"""From a Keras model to the bytes of a LiteRT network."""

from typing import Any

from models.convert.quiet import quiet
from models.errors import ConversionError


def convert(network: Any) -> bytes:
    """Float32 LiteRT network of a Keras model with one input; raises ConversionError.

    The model is traced here, once. TensorFlow's own `from_keras_model` writes it to a folder and
    reads it again, which takes two to three times as long; the networks answer to the bit alike.
    """
    import tensorflow as tf

    with quiet() as log:
        try:
            (image,) = network.inputs
            given = tf.TensorSpec(image.shape, image.dtype, name=image.name)
            traced = tf.function(
                lambda batch: network(batch, training=False)
            ).get_concrete_function(given)
            return bytes(tf.lite.TFLiteConverter.from_concrete_functions([traced]).convert())
        except Exception as error:  # whatever the converter raises, it did not convert
            said = log.last_words() or str(error)
            raise ConversionError(f"TensorFlow cannot convert {network.name}: {said}") from error
