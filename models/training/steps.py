"""One step of training and one of validation, for each loss. TensorFlow."""

from typing import Any

from models.training import losses
from models.training.settings import Settings

_SLOPE, _MIDDLE = -5.0, 1.0  # of the sigmoid before training; of distances in [0, 2]


class Network:
    """A tower and what its loss needs besides; `embed` gives directions."""

    def __init__(self, tower: Any, settings: Settings) -> None:
        import keras

        self.tower = tower
        self._margin = settings.margin
        self._loss = settings.loss
        self._to_logit = None
        if settings.loss == "bce":
            self._to_logit = keras.layers.Dense(
                1,
                kernel_initializer=keras.initializers.Constant(_SLOPE),
                bias_initializer=keras.initializers.Constant(-_SLOPE * _MIDDLE),
                name="to_logit",
            )
            self._to_logit.build((None, 1))

    @property
    def variables(self) -> list[Any]:
        """All that a checkpoint must hold, the state of the random numbers included."""
        return [
            *self.tower.variables,
            *([] if self._to_logit is None else self._to_logit.variables),
        ]

    @property
    def trainable(self) -> list[Any]:
        """What a step changes."""
        more = [] if self._to_logit is None else self._to_logit.trainable_variables
        return [*self.tower.trainable_variables, *more]

    @property
    def parts(self) -> int:
        """Pictures of one example: 2 of a pair, 3 of a triplet."""
        return 3 if self._loss == "triplet" else 2

    def embed(self, pictures: Any, *, training: bool) -> Any:
        """Directions, n x d."""
        return losses.unit(self.tower(pictures, training=training))

    def loss_and_accuracy(self, pictures: Any, same: Any, *, training: bool) -> tuple[Any, Any]:
        """Of a batch: `pictures` are the first ones, then the second ones, then the third ones.

        Accuracy is the share decided rightly: of pairs at a probability of one half, or half the
        margin; of triplets those whose positive lies nearer than their negative.
        """
        import tensorflow as tf

        parts = tf.split(self.embed(pictures, training=training), self.parts)
        if self._loss == "triplet":
            nearer = losses.squared_distance(parts[0], parts[1]) < losses.squared_distance(
                parts[0], parts[2]
            )
            right = tf.reduce_mean(tf.cast(nearer, tf.float32))
            return losses.triplet(parts[0], parts[1], parts[2], self._margin), right
        apart = losses.distance(parts[0], parts[1])
        if self._to_logit is not None:
            logits = tf.squeeze(self._to_logit(apart[:, None]), axis=-1)
            accepted = logits > 0.0
            loss = losses.cross_entropy(logits, same)
        else:
            accepted = apart < self._margin / 2
            loss = losses.contrastive(apart, same, self._margin)
        right = tf.reduce_mean(tf.cast(accepted == (same > 0.5), tf.float32))
        return loss, right


class Steps:
    """Compiled steps of one network with Adam (Kingma, Ba, ICLR 2015)."""

    def __init__(self, network: Network, rate: float) -> None:
        import keras
        import tensorflow as tf

        self.network = network
        self.optimiser = keras.optimizers.Adam(rate)
        self.optimiser.build(network.trainable)

        def learn(pictures: Any, same: Any) -> tuple[Any, Any]:
            with tf.GradientTape() as tape:
                loss, right = network.loss_and_accuracy(pictures, same, training=True)
            self.optimiser.apply(tape.gradient(loss, network.trainable), network.trainable)
            return loss, right

        self.learn = tf.function(learn, reduce_retracing=True)
        self.look = tf.function(
            lambda pictures, same: network.loss_and_accuracy(pictures, same, training=False),
            reduce_retracing=True,
        )
        self.embed = tf.function(
            lambda pictures: network.embed(pictures, training=False), reduce_retracing=True
        )

    @property
    def variables(self) -> list[Any]:
        """The network's and the optimiser's."""
        return [*self.network.variables, *self.optimiser.variables]
