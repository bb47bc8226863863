"""What training makes small, in TensorFlow; embeddings (n, d), results are means over n.

Distances are Euclidean between embeddings of length 1, so in [0, 2].
"""

from typing import Any

_TINY = 1e-12  # under the root, whose slope at 0 is infinite


def unit(vectors: Any) -> Any:
    """`vectors` scaled to length 1."""
    import tensorflow as tf

    return tf.math.l2_normalize(vectors, axis=-1, epsilon=_TINY)


def squared_distance(first: Any, second: Any) -> Any:
    """Squared Euclidean distances, (n,)."""
    import tensorflow as tf

    return tf.reduce_sum(tf.square(first - second), axis=-1)


def distance(first: Any, second: Any) -> Any:
    """Euclidean distances, (n,)."""
    import tensorflow as tf

    return tf.sqrt(tf.maximum(squared_distance(first, second), _TINY))


def cross_entropy(logits: Any, same: Any) -> Any:
    """Binary cross-entropy of sigmoid(`logits`) with `same` (n,), 1 where genuine."""
    import tensorflow as tf

    return tf.reduce_mean(
        tf.nn.sigmoid_cross_entropy_with_logits(labels=tf.cast(same, logits.dtype), logits=logits)
    )


def contrastive(distances: Any, same: Any, margin: float) -> Any:
    """d^2 / 2 of genuine pairs, max(0, margin - d)^2 / 2 of impostors.

    Hadsell, Chopra, LeCun: "Dimensionality reduction by learning an invariant mapping", CVPR 2006,
    equation 4.
    """
    import tensorflow as tf

    genuine = tf.cast(same, distances.dtype)
    near = 0.5 * tf.square(distances)
    far = 0.5 * tf.square(tf.maximum(margin - distances, 0.0))
    return tf.reduce_mean(genuine * near + (1.0 - genuine) * far)


def triplet(anchor: Any, positive: Any, negative: Any, alpha: float) -> Any:
    """max(0, |a - p|^2 - |a - n|^2 + alpha).

    Schroff, Kalenichenko, Philbin: "FaceNet: a unified embedding for face recognition and
    clustering", 2015, equation 2. `alpha` in [-1, 1]: below 0 it leaves alone what is only a
    little wrong, for very few pictures.
    """
    import tensorflow as tf

    return tf.reduce_mean(
        tf.maximum(
            squared_distance(anchor, positive) - squared_distance(anchor, negative) + alpha, 0.0
        )
    )
