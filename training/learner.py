"""A network that learns: its optimiser, the running average of its weights, and the checkpoint of all of it."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from training.dataset import Batch
from training.fit_config import Weights
from training.losses import multitask_losses
from training.model import ModelConfig, build_model

CHECKPOINT_FOLDER = "last"


class Progress(tf.Module):  # type: ignore[misc] # tensorflow has no types
    """How far a run is, kept with its weights so that both are always of the same moment."""

    def __init__(self) -> None:
        super().__init__()
        self.step = tf.Variable(0, dtype=tf.int64, trainable=False)
        self.seconds = tf.Variable(0.0, dtype=tf.float64, trainable=False)
        self.best = tf.Variable(-1.0, dtype=tf.float64, trainable=False)
        self.waited = tf.Variable(0, dtype=tf.int64, trainable=False)


class Learner:
    """The network under training and its average, which is what is judged and kept.

    The average follows weights and BatchNorm statistics alike; it is quick at first and slow later, so that it does
    not remember the random start.

    Args:
        model: the network's description.
        window: side of the training windows in pixels.
        weights: of the losses.
        decay: weight decay.
        average: how much of the average each step keeps, once it is under way.
        strategy: where the replicas run.
    """

    def __init__(
        self, model: ModelConfig, window: int, weights: Weights, decay: float, average: float, strategy: Any
    ) -> None:
        self._groups = tuple(len(names) for names in model.attributes.values())
        self._weights, self._average, self._strategy = weights, average, strategy
        with strategy.scope():
            self.net = build_model(model, (window, window))
            self.averaged = build_model(model, (window, window))
            self.optimizer = keras.optimizers.AdamW(weight_decay=decay, global_clipnorm=5.0)
            self.optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
            self.optimizer.build(self.net.trainable_variables)
        self.progress = Progress()
        self.averaged.set_weights(self.net.get_weights())
        self._step = tf.function(self._run_step)
        self._follow = tf.function(self._run_follow)
        self._infer = tf.function(lambda image: self.averaged(image, training=False))

    def start_from(self, weights: list[np.ndarray[Any, Any]]) -> None:
        """Begin with another network's weights, in the order of `get_weights`."""
        self.net.set_weights(weights)
        self.averaged.set_weights(weights)

    def learn(self, batch: Batch, rate: float) -> dict[str, Any]:
        """Take one step; gives the weighted parts of the loss as scalars, which nobody has to wait for."""
        self.optimizer.learning_rate.assign(rate)
        parts: dict[str, Any] = self._step(self._divide(batch))
        done = self.progress.step.assign_add(1)
        kept = tf.minimum(self._average, (1.0 + tf.cast(done, tf.float32)) / (10.0 + tf.cast(done, tf.float32)))
        self._follow(kept)
        return parts

    def infer(self, image: Any) -> dict[str, Any]:
        """Outputs of the averaged network for (N, window, window, 3) uint8."""
        outputs: dict[str, Any] = self._infer(tf.convert_to_tensor(image))
        return outputs

    def keep_checkpoints(self, run: Path) -> tf.train.CheckpointManager:
        """Manager of the run's last checkpoint, of everything that training goes on from."""
        checkpoint = tf.train.Checkpoint(
            net=self.net, averaged=self.averaged, optimizer=self.optimizer, progress=self.progress
        )
        return tf.train.CheckpointManager(checkpoint, str(run / CHECKPOINT_FOLDER), max_to_keep=1)

    def _divide(self, batch: Batch) -> Any:
        """Give each replica its share of the windows."""

        def share(context: Any) -> dict[str, Any]:
            replica, replicas = context.replica_id_in_sync_group, context.num_replicas_in_sync
            return {name: tf.convert_to_tensor(value[replica::replicas]) for name, value in batch.items()}

        return self._strategy.experimental_distribute_values_from_function(share)

    def _run_step(self, batch: Any) -> dict[str, Any]:
        parts = self._strategy.run(self._learn_in_replica, args=(batch,))
        mean = tf.distribute.ReduceOp.MEAN
        return {name: self._strategy.reduce(mean, value, axis=None) for name, value in parts.items()}

    def _learn_in_replica(self, batch: Any) -> dict[str, Any]:
        with tf.GradientTape() as tape:
            outputs = self.net(batch["image"], training=True)
            parts = multitask_losses(batch, outputs, self._groups, self._weights)
            loss = tf.add_n(list(parts.values())) / self._strategy.num_replicas_in_sync
        gradients = tape.gradient(loss, self.net.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.net.trainable_variables, strict=True))
        return parts

    def _run_follow(self, kept: Any) -> None:
        for slow, fast in zip(self.averaged.weights, self.net.weights, strict=True):
            if slow.dtype == "float32":
                slow.assign(kept * slow + (1.0 - kept) * fast)
