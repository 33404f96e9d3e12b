"""What a model says of a field, joined from the windows it was run on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from contract.bundle import Manifest
from contract.prepare import Window, stitch_maps
from contract.quantized import LogitMap, Quantized


@dataclass(frozen=True, slots=True)
class Outputs:
    """What a model says of one prepared field of (h, w) pixels, as logits.

    Each map is float32, or `Quantized` as the device's network gives it: its parts read as float32 too.

    Attributes:
        mask: (h / mask_stride, w / mask_stride, 3) background, cytoplasm, nucleus.
        interior: (h / mask_stride, w / mask_stride) high at cell centres.
        cell_type: (h / type_stride, w / type_stride, C).
        features: (h / type_stride, w / type_stride, F) activations under the cell-type head.
        attributes: (h / type_stride, w / type_stride, A), or None.
    """

    mask: LogitMap
    interior: LogitMap
    cell_type: LogitMap
    features: LogitMap
    attributes: LogitMap | None


def join_outputs(
    parts: Sequence[Mapping[str, LogitMap]],
    windows: Sequence[Window],
    shape: tuple[int, int],
    manifest: Manifest,
) -> Outputs:
    """Join what a model said of each window.

    Args:
        parts: logits by head name for each window.
        windows: where they lie.
        shape: (h, w) of the prepared field.
        manifest: head names and strides.

    Returns:
        The outputs of the whole field.
    """
    heads = manifest.heads

    def stitch(name: str, stride: int) -> LogitMap:
        return _stitch([part[name] for part in parts], windows, shape, stride)

    return Outputs(
        mask=stitch(heads.mask, manifest.mask_stride),
        interior=_drop_channel(stitch(heads.interior, manifest.mask_stride)),
        cell_type=stitch(heads.cell_type, manifest.type_stride),
        features=stitch(heads.features, manifest.type_stride),
        attributes=stitch(heads.attributes, manifest.type_stride) if heads.attributes else None,
    )


def _stitch(maps: Sequence[LogitMap], windows: Sequence[Window], shape: tuple[int, int], stride: int) -> LogitMap:
    first = maps[0]
    if isinstance(first, Quantized):
        # one network made them all: they have one scale
        integers = [one.values for one in maps if isinstance(one, Quantized)]
        return replace(first, values=stitch_maps(integers, windows, shape, stride))
    return stitch_maps([np.asarray(one) for one in maps], windows, shape, stride)


def _drop_channel(one: LogitMap) -> LogitMap:
    return replace(one, values=one.values[..., 0]) if isinstance(one, Quantized) else one[..., 0]
