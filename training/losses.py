"""What the network is punished for, only where something is known.

Targets arrive at full resolution and are brought to each head's stride by area: a head's pixel on a boundary is asked
for the share of each tissue, not for a coin toss.
"""

from typing import Any

import tensorflow as tf

from training.fit_config import Weights
from training.model import MASK_STRIDE, TISSUES, TYPE_STRIDE
from training.sample import UNKNOWN

FEWEST_PIXELS = 1.5  # of stride 8: less of a cell than 96 px (6 um2) in a window shows no type


ABSENT = 1e4  # taken from the logit of a class that does not compete


def multitask_losses(
    batch: dict[str, Any], outputs: dict[str, Any], groups: tuple[int, ...], weights: Weights
) -> dict[str, Any]:
    """Weigh every loss that the outputs allow.

    Args:
        batch: `target` (N, H, W, 3) uint8 tissue, class, interior; `human_mask` (N,) 0/1; `attributes` (N, G) value
            of each group or -1; `untaught` (N, K) as in
            `cell_type_loss`.
        outputs: of the network, see `build_model`.
        groups: number of values in each attribute group.
        weights: what each part counts.

    Returns:
        Scalars by part, already weighted; their sum is the loss.
    """
    tissue, classes, depth = tf.unstack(batch["target"], axis=-1)
    trust = tf.where(batch["human_mask"] > 0, 1.0, weights.machine_mask)[:, None, None]
    share = pool_area(tf.one_hot(tissue, TISSUES), MASK_STRIDE)
    # a guessed cell's extent is known well enough for its depth also where its tissue is in doubt
    known = (tissue != UNKNOWN) | (classes != UNKNOWN)
    parts = {
        "mask": weights.mask * mask_loss(share, outputs["mask"], trust),
        "dice": weights.dice * dice_loss(share, outputs["mask"], trust),
        "interior": weights.interior * interior_loss(known, depth, outputs["interior"], trust),
        "cell_type": weights.cell_type
        * cell_type_loss(classes, outputs["cell_type"], weights.smoothing, batch["untaught"]),
    }
    if groups:
        parts["attributes"] = weights.attributes * attribute_loss(
            classes, batch["attributes"], outputs["attributes"], groups
        )
    return parts


def pool_area(maps: Any, stride: int) -> Any:
    """Mean over stride x stride blocks; (N, H, W, C) in, (N, H / stride, W / stride, C) out."""
    return tf.nn.avg_pool2d(maps, stride, stride, "VALID")


def mask_loss(share: Any, logits: Any, trust: Any) -> Any:
    """Cross-entropy of tissue shares.

    Args:
        share: (N, h, w, 3) area share of each tissue; less than 1 in sum where part is unknown.
        logits: (N, h, w, 3).
        trust: (N, 1, 1) weight of each window.

    Returns:
        Scalar mean over known area.
    """
    entropy = -tf.reduce_sum(share * tf.nn.log_softmax(logits), axis=-1)
    known = tf.reduce_sum(share, axis=-1) * trust
    return tf.math.divide_no_nan(tf.reduce_sum(entropy * trust), tf.reduce_sum(known))


def dice_loss(share: Any, logits: Any, trust: Any) -> Any:
    """One minus the overlap of cytoplasm and of nucleus over the batch; unknown area takes no part."""
    known = tf.reduce_sum(share, axis=-1, keepdims=True)
    guess = tf.nn.softmax(logits)[..., 1:] * known
    truth = share[..., 1:]
    trust = trust[..., None]
    both = tf.reduce_sum(trust * truth * guess, axis=(0, 1, 2))
    sizes = tf.reduce_sum(trust * (tf.square(truth) + tf.square(guess)), axis=(0, 1, 2))
    return tf.reduce_mean(1.0 - (2.0 * both + 1.0) / (sizes + 1.0))


def interior_loss(known: Any, depth: Any, logits: Any, trust: Any) -> Any:
    """Cross-entropy of the depth inside a cell.

    Args:
        known: (N, H, W) bool, where the depth is known.
        depth: (N, H, W) uint8, 255 at a cell's centre, 0 at its boundary and outside.
        logits: (N, h, w, 1).
        trust: (N, 1, 1) weight of each window.

    Returns:
        Scalar mean over known area.
    """
    known = tf.cast(known, tf.float32)
    truth = pool_area((tf.cast(depth, tf.float32) / 255.0 * known)[..., None], MASK_STRIDE)
    area = pool_area(known[..., None], MASK_STRIDE)
    entropy = area * tf.nn.softplus(logits) - truth * logits
    trust = trust[..., None]
    return tf.math.divide_no_nan(tf.reduce_sum(entropy * trust), tf.reduce_sum(area * trust))


def pool_by_class(classes: Any, logits: Any) -> tuple[Any, Any]:
    """Mean logits over what each class covers in each window: a cell, or several of the same class.

    Args:
        classes: (N, H, W) uint8 class of each pixel, or 255.
        logits: (N, h, w, C).

    Returns:
        ((N, C, C) pooled logits, the class that covers first, (N, C) whether enough of it is seen).
    """
    share = pool_area(tf.one_hot(classes, logits.shape[-1]), TYPE_STRIDE)
    area = tf.reduce_sum(share, axis=(1, 2))
    pooled = tf.einsum("nhwc,nhwk->nck", share, logits)
    return tf.math.divide_no_nan(pooled, area[..., None]), area >= FEWEST_PIXELS


def cell_type_loss(classes: Any, logits: Any, smoothing: float, untaught: Any) -> Any:
    """Cross-entropy of pooled logits, mean over the cells of the batch: what the device reads is what is trained.

    A source that has no cells of a class says nothing about it: the class is left out of the competition there, or a
    network would learn that this microscope never shows it.

    Args:
        classes: (N, H, W) uint8 class of each pixel, or 255.
        logits: (N, h, w, C).
        smoothing: share of the truth given to all competing classes alike.
        untaught: (N, K) int32 classes that each window's source does not teach, -1 where there are fewer.

    Returns:
        Scalar.
    """
    pooled, seen = pool_by_class(classes, logits)
    count = logits.shape[-1]
    absent = tf.reduce_max(tf.one_hot(untaught, count), axis=1)[:, None, :] * (1.0 - tf.eye(count)[None])
    competing = 1.0 - absent
    truth = tf.eye(count)[None] * (1.0 - smoothing)
    truth += smoothing * competing / tf.reduce_sum(competing, axis=-1, keepdims=True)
    entropy = -tf.reduce_sum(truth * tf.nn.log_softmax(pooled - ABSENT * absent), axis=-1)
    return _mean_where(entropy, seen)


def attribute_loss(classes: Any, values: Any, logits: Any, groups: tuple[int, ...]) -> Any:
    """Mean over groups of the cross-entropy of logits pooled over labelled pixels.

    Args:
        classes: (N, H, W) uint8 class of each pixel, or 255.
        values: (N, G) index of the true value, or -1.
        logits: (N, h, w, sum(groups)).
        groups: number of values in each group.

    Returns:
        Scalar, 0 where nothing is known.
    """
    cell = pool_area(tf.cast(classes != UNKNOWN, tf.float32)[..., None], TYPE_STRIDE)
    area = tf.reduce_sum(cell, axis=(1, 2))
    pooled = tf.math.divide_no_nan(tf.reduce_sum(cell * logits, axis=(1, 2)), area)
    values = tf.where(area >= FEWEST_PIXELS, values, -1)
    losses = [_class_loss(values[:, i], part, 0.0) for i, part in enumerate(tf.split(pooled, groups, axis=-1))]
    return tf.add_n(losses) / len(groups)


def _class_loss(truth: Any, logits: Any, smoothing: float) -> Any:
    count = logits.shape[-1]
    wanted = tf.one_hot(truth, count) * (1.0 - smoothing) + smoothing / count
    return _mean_where(-tf.reduce_sum(wanted * tf.nn.log_softmax(logits), axis=-1), truth >= 0)


def _mean_where(losses: Any, counted: Any) -> Any:
    counted = tf.cast(counted, tf.float32)
    return tf.math.divide_no_nan(tf.reduce_sum(losses * counted), tf.reduce_sum(counted))
