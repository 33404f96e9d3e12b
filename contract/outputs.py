"""What a model says of a field, joined from the windows it was run on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from contract.bundle import Manifest
from contract.prepare import Window, stitch_maps


@dataclass(frozen=True, slots=True)
class Outputs:
    """What a model says of one prepared field of (h, w) pixels, as float32 logits.

    Attributes:
        mask: (h / mask_stride, w / mask_stride, 3) background, cytoplasm, nucleus.
        interior: (h / mask_stride, w / mask_stride) high at cell centres.
        cell_type: (h / type_stride, w / type_stride, C).
        features: (h / type_stride, w / type_stride, F) activations under the cell-type head.
        attributes: (h / type_stride, w / type_stride, A), or None.
    """

    mask: NDArray[np.float32]
    interior: NDArray[np.float32]
    cell_type: NDArray[np.float32]
    features: NDArray[np.float32]
    attributes: NDArray[np.float32] | None


def join_outputs(
    parts: Sequence[Mapping[str, NDArray[np.float32]]],
    windows: Sequence[Window],
    shape: tuple[int, int],
    manifest: Manifest,
) -> Outputs:
    """Join what a model said of each window.

    Args:
        parts: float logits by head name for each window.
        windows: where they lie.
        shape: (h, w) of the prepared field.
        manifest: head names and strides.

    Returns:
        The outputs of the whole field.
    """
    heads = manifest.heads

    def stitch(name: str, stride: int) -> NDArray[np.float32]:
        return stitch_maps([part[name] for part in parts], windows, shape, stride)

    return Outputs(
        mask=stitch(heads.mask, manifest.mask_stride),
        interior=stitch(heads.interior, manifest.mask_stride)[..., 0],
        cell_type=stitch(heads.cell_type, manifest.type_stride),
        features=stitch(heads.features, manifest.type_stride),
        attributes=stitch(heads.attributes, manifest.type_stride) if heads.attributes else None,
    )
