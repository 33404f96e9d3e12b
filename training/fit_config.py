"""How a network is trained: everything a person may set, with its default."""

from dataclasses import dataclass, field

from training.augment import Strength


@dataclass(frozen=True, slots=True)
class Weights:
    """What each part of the loss counts.

    Args:
        mask: cross-entropy of tissue.
        dice: overlap of cytoplasm and of nucleus.
        interior: cross-entropy of the normalised depth inside a cell.
        cell_type: cross-entropy of each cell's pooled logits.
        attributes: the same of the attribute groups.
        smoothing: share of the truth given to all classes alike.
        machine_mask: what a mask drawn by a machine counts beside one drawn by a person.
    """

    mask: float = 1.0
    dice: float = 0.5
    interior: float = 0.5
    cell_type: float = 1.0
    attributes: float = 0.3
    smoothing: float = 0.05
    machine_mask: float = 0.5


@dataclass(frozen=True, slots=True)
class FitConfig:
    """How a network is trained.

    Args:
        steps: batches at most; the learning rate falls to zero there.
        minutes: time of training at most, or None; the rate falls to zero at whichever end comes first.
        batch: windows in a batch, over all replicas.
        window: side of a window in pixels, a multiple of 16: a cell of 20 um and its neighbours.
        seed: of weights, windows and augmentation.
        rate: highest learning rate.
        warm_up: share of the run in which the rate rises.
        decay: weight decay of kernels.
        average: how much of the averaged weights each step keeps.
        judge_every: steps between judgements, each followed by a checkpoint.
        patience: judgements without a better one before the run ends.
        judge_on: sources whose validation pictures decide which weights are best; empty: all.
        input_height, input_width: of the device's input, pixels, multiples of 16.
        strength: augmentation.
        weights: of the losses.
    """

    steps: int = 8000
    minutes: float | None = None
    batch: int = 32
    window: int = 128
    seed: int = 7
    rate: float = 3e-3
    warm_up: float = 0.05
    decay: float = 0.02
    average: float = 0.995
    judge_every: int = 200
    patience: int = 20
    judge_on: tuple[str, ...] = ()
    input_height: int = 368
    input_width: int = 576
    strength: Strength = field(default_factory=Strength)
    weights: Weights = field(default_factory=Weights)
