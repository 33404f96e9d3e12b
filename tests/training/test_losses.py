"""What is not known is not punished; what is known is, in the place where it is known."""

import numpy as np
import tensorflow as tf

from training.fit_config import Weights
from training.losses import cell_type_loss, multitask_losses, pool_by_class

GROUPS = (2, 2)
NOTHING = np.array([[-1]], np.int32)


def random_outputs(seed=0):
    rng = np.random.default_rng(seed)
    shapes = {"mask": (2, 8, 8, 3), "interior": (2, 8, 8, 1), "cell_type": (2, 4, 4, 3), "attributes": (2, 4, 4, 4)}
    return {name: tf.constant(rng.normal(size=shape), tf.float32) for name, shape in shapes.items()}


def known_batch():
    target = np.zeros((2, 32, 32, 3), np.uint8)
    target[..., 1] = 255
    target[:, 8:24, 8:24] = (1, 2, 128)
    target[:, 12:20, 12:20, 0] = 2
    return {
        "target": target,
        "human_mask": np.array([1, 1], np.int32),
        "attributes": np.array([[0, 1], [1, -1]], np.int32),
        "untaught": np.array([[-1], [-1]], np.int32),
    }


def test_with_everything_unknown_the_loss_is_zero_and_has_no_gradient():
    batch = known_batch()
    batch["target"][:] = (255, 255, 77)
    outputs = {name: tf.Variable(value) for name, value in random_outputs().items()}
    with tf.GradientTape() as tape:
        loss = tf.add_n(list(multitask_losses(batch, outputs, GROUPS, Weights()).values()))
    assert float(loss) == 0.0
    for gradient in tape.gradient(loss, list(outputs.values())):
        assert gradient is None or float(tf.reduce_max(tf.abs(gradient))) == 0.0


def test_ignored_pixels_contribute_nothing_to_any_part():
    batch, outputs = known_batch(), random_outputs()
    batch["target"][:, :, 16:] = (255, 255, 0)
    before = multitask_losses(batch, outputs, GROUPS, Weights())
    changed = {}
    for name, value in outputs.items():
        half = value.shape[2] // 2
        changed[name] = tf.concat([value[:, :, :half], 9.0 - 5.0 * value[:, :, half:]], axis=2)
    after = multitask_losses(batch, changed, GROUPS, Weights())
    for name in before:
        np.testing.assert_allclose(float(before[name]), float(after[name]), rtol=1e-5, err_msg=name)


def test_a_perfect_answer_costs_almost_nothing():
    batch = known_batch()
    batch["target"][..., 2] = np.where(batch["target"][..., 0] > 0, 255, 0)
    tissue = batch["target"][:, ::4, ::4, 0]
    outputs = {
        "mask": tf.one_hot(tissue, 3) * 40.0 - 20.0,
        "interior": tf.cast(tissue > 0, tf.float32)[..., None] * 40.0 - 20.0,
        "cell_type": tf.one_hot(np.full((2, 4, 4), 2), 3) * 40.0,
        "attributes": tf.zeros((2, 4, 4, 4)) + np.array([[20, 0, 0, 20], [0, 20, 0, 0]], np.float32)[:, None, None],
    }
    parts = multitask_losses(batch, outputs, GROUPS, Weights(smoothing=0.0))
    for name, value in parts.items():
        assert float(value) < 1e-3, name


def test_a_machine_mask_weighs_less_than_a_human_one_beside_it():
    batch, outputs = known_batch(), random_outputs()
    alone = float(multitask_losses(batch, outputs, GROUPS, Weights(machine_mask=0.0))["mask"])
    batch["human_mask"] = np.array([1, 0], np.int32)
    first_only = float(multitask_losses(batch, outputs, GROUPS, Weights(machine_mask=0.0))["mask"])
    one = {name: value[:1] for name, value in outputs.items()}
    batch = {name: value[:1] for name, value in batch.items()}
    assert first_only != alone
    np.testing.assert_allclose(first_only, float(multitask_losses(batch, one, GROUPS, Weights())["mask"]), rtol=1e-5)


def test_two_cells_of_one_window_are_judged_each_by_its_own_pixels():
    classes = np.full((1, 32, 32), 255, np.uint8)
    classes[:, :16, :16], classes[:, 16:, 16:] = 0, 1
    logits = np.zeros((1, 4, 4, 3), np.float32)
    logits[:, :2, :2, 0], logits[:, 2:, 2:, 1] = 30.0, 30.0
    pooled, seen = pool_by_class(classes, tf.constant(logits))
    assert seen.numpy().tolist() == [[True, True, False]]
    assert pooled.numpy()[0, :2].argmax(axis=-1).tolist() == [0, 1]
    assert float(cell_type_loss(classes, tf.constant(logits), 0.0, NOTHING)) < 1e-6


def test_a_class_that_a_source_never_shows_does_not_compete_there():
    classes = np.zeros((2, 32, 32), np.uint8)
    logits = tf.constant(np.tile(np.float32([2, 0, 9]), (2, 4, 4, 1)))
    for smoothing in (0.0, 0.1):
        both = [
            float(cell_type_loss(classes, logits, smoothing, np.int32(which)))
            for which in ([[-1, 1]] * 2, [[2, 1]] * 2)
        ]
        assert both[0] > 6
        assert both[1] < 1e-6
    # the class itself always competes for its own cells
    assert float(cell_type_loss(classes + 2, logits, 0.0, np.int32([[2, 1]] * 2))) < 0.01
