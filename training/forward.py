"""The float network run as the device runs its bundle: window by window, outputs joined and given by name."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from contract.bundle import Manifest
from contract.outputs import Outputs, join_outputs
from contract.prepare import Prepared, cut_window, plan_windows
from training.model import ModelConfig, build_model

OutputsOf = Callable[[Prepared], Outputs]
"""What says everything a model says of a prepared field: the float network here, the device's classifier there."""

MARGIN_PX = 48
"""Empty plasma kept beside a picture smaller than the input. The device pads to the full input; at this margin the edge
of the canvas lies beyond what decides a cell, and a crop costs a seventh of the full input."""

STEP_PX = 32
"""Canvas sides are multiples of this, so that few shapes have to be traced."""


def run_float(config: ModelConfig, weights: list[NDArray[Any]], manifest: Manifest, exact: bool = False) -> OutputsOf:
    """Make the callable that runs the float network on prepared fields.

    Args:
        config: the network.
        weights: of a network of any input size.
        manifest: input size and head names.
        exact: pad to the bundle's full input as the device does; False: to a canvas that just fits.

    Returns:
        From a prepared field to its outputs.
    """
    import tensorflow as tf

    model = build_model(config, (None, None))
    model.set_weights(weights)
    traced = tf.function(lambda image: model(image, training=False), reduce_retracing=False)

    def outputs(prepared: Prepared) -> Outputs:
        shape = (prepared.image.shape[0], prepared.image.shape[1])
        canvas = manifest.input_shape if exact else fit_canvas(shape, manifest.input_shape)
        windows = plan_windows(shape, canvas)
        parts = [
            traced(cut_window(prepared.image, window, canvas)[np.newaxis].astype(np.float32)) for window in windows
        ]
        arrays = [{name: value.numpy()[0] for name, value in part.items()} for part in parts]
        return join_outputs(arrays, windows, shape, manifest)

    return outputs


def fit_canvas(shape: tuple[int, int], input_shape: tuple[int, int]) -> tuple[int, int]:
    """Choose the smallest canvas that holds a picture with a margin, never more than the input itself.

    Args:
        shape: (h, w) of the picture.
        input_shape: (height, width) of the bundle.

    Returns:
        (height, width), each a multiple of 16.
    """
    height, width = (
        min(side, -(-(length + MARGIN_PX) // STEP_PX) * STEP_PX)
        for length, side in zip(shape, input_shape, strict=True)
    )
    return height, width
