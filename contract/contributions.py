"""Where in a cell the evidence for its name lies: what each place adds to the logits that the cell is named by."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from contract.bundle import Manifest
from contract.later import Later
from contract.outputs import Outputs
from contract.prepare import Prepared
from contract.site_head import SiteHead, describe_shape

SHAPE_INPUTS = len(describe_shape(1.0, 0.0))
"""How many inputs of an on-site head say something of the cell as a whole."""


@dataclass(frozen=True, slots=True, eq=False)
class PlaceLogits:
    """What each place of a field says by itself.

    The logits of a cell are the mean of these over the cell, but for what its size adds to an on-site head: both heads
    are linear, so nothing is approximated.

    Attributes:
        all_logits: worked out when they are looked at; see `logits`.
        px_per_place: field pixels that a place is wide and high, x first.
    """

    all_logits: Later[NDArray[np.float32]]
    px_per_place: tuple[float, float]

    @property
    def logits(self) -> NDArray[np.float32]:
        """(h, w, C) float32, in the order of the bundle's classes."""
        return self.all_logits.get()


def find_place_logits(outputs: Outputs, prepared: Prepared, manifest: Manifest) -> PlaceLogits:
    """Say for every place of a field how it speaks for each class, in the words of the head that names the cells.

    Args:
        outputs: of the field.
        prepared: the field itself, for its size.
        manifest: the on-site head, where there is one.

    Returns:
        The logits of all places.
    """
    site = manifest.site
    logits = Later(lambda: outputs.cell_type[:] if site is None else _apply_site(site, outputs))
    (height, width), (field_height, field_width) = prepared.image.shape[:2], prepared.field_shape
    stride = manifest.type_stride
    return PlaceLogits(logits, (stride * field_width / width, stride * field_height / height))


def contrast_class(logits: NDArray[np.floating], best: int) -> NDArray[np.float32]:
    """Say how much more a place speaks for one class than for the others.

    Args:
        logits: (..., C).
        best: the class.

    Returns:
        (...,) its logit less the mean of the others'; above 0: for the class, below 0: against it.
    """
    others = (logits.sum(axis=-1) - logits[..., best]) / (logits.shape[-1] - 1)
    return np.asarray(logits[..., best] - others, np.float32)


def _apply_site(head: SiteHead, outputs: Outputs) -> NDArray[np.float32]:
    """Apply the on-site head to every place; what it reads of a cell as a whole is put at its mean and adds nothing."""
    maps = {"features": outputs.features, "logits": outputs.cell_type, "attributes": outputs.attributes}
    mean, scale, weights, bias = head.arrays
    gain, logits, start = weights / scale, bias, 0
    for name in head.inputs:
        places = maps.get(name)
        width = SHAPE_INPUTS if places is None else places.shape[2]
        columns = slice(start, start + width)
        start += width
        if places is not None:
            logits = logits + (places[:] - mean[columns]) @ gain[:, columns].T
    return np.asarray(np.broadcast_to(logits, (*outputs.cell_type.shape[:2], len(head.bias))), np.float32)
