"""Whether a prepared field is a smear that the model can know: how much of it is covered, and how it is stained."""

from dataclasses import replace

import cv2
import numpy as np

from contract.bundle import Manifest
from contract.prepare import Prepared
from contract.settings import QualitySettings
from contract.stain import measure_distance
from contract.stain_colours import Smear, find_level, find_median_density, measure_colours, separate_smear
from device.frame import Frame, Quality

LEAST_FIELD_UM = 40.0
"""Narrower than this one white cell or one gap says how much is covered: of 3,380 crops of 36 um 1 % would count as
thick."""

OVERLAP_TIMES = 1.5
"""Denser, in green, than so many of the field's median red cells: one lies on another."""


def measure_smear(prepared: Prepared, manifest: Manifest, limits: QualitySettings, quality: Quality) -> Quality:
    """Complete what was measured of the raw picture by what only the prepared field tells.

    Call it once a field is prepared, before the network; about 0.3 ms.

    Args:
        prepared: at the bundle's working scale.
        manifest: of the bundle, with the stains it was trained on.
        limits: the settings' section `device.quality`.
        quality: of the raw picture, by `device.quality.measure_quality`.

    Returns:
        The same with cover, overlap and stain; a reason that stands already stays, for it is the coarser fault.
    """
    smear = separate_smear(prepared)
    colours = measure_colours(smear)
    nearest = None if manifest.stain is None else measure_distance(colours, manifest.stain)
    cover, overlap = _measure_cover(smear)
    stain = None if nearest is None else nearest[0]
    reason = quality.reason or _find_reason(cover, overlap, stain, limits)
    return replace(quality, cover=cover, overlap=overlap, stain=stain, reason=reason)


def judge_smear(frame: Frame, prepared: Prepared, manifest: Manifest, limits: QualitySettings) -> Frame:
    """Give a frame whose quality also says what its prepared field tells.

    Args:
        frame: with the quality of its raw picture.
        prepared: of this frame.
        manifest: of the bundle.
        limits: the settings' section `device.quality`.

    Returns:
        The same frame with its quality complete.
    """
    return replace(frame, quality=measure_smear(prepared, manifest, limits, frame.quality))


def _measure_cover(smear: Smear) -> tuple[float | None, float | None]:
    height, width = smear.cells.shape
    if min(height, width) * smear.um_per_px < LEAST_FIELD_UM:
        return None, None
    cover = cv2.countNonZero(smear.cells) / smear.cells.size
    green = smear.pale_levels[1]
    if not green.any():
        return cover, 0.0
    doubled = find_level(OVERLAP_TIMES * find_median_density(green))
    return cover, float(np.sum(green[: doubled + 1]) / green.sum())


def _find_reason(
    cover: float | None, overlap: float | None, stain: float | None, limits: QualitySettings
) -> str | None:
    full = cover is not None and cover > limits.max_cover
    strange = stain is not None and stain > limits.max_stain_distance
    if full and strange:
        return (
            f"no blood smear: {cover:.0%} of the field covered (at most {limits.max_cover:.0%}), "
            f"stain {stain:.1f} from the training data (at most {limits.max_stain_distance:.1f})"
        )
    if full:
        return f"too thick, or no smear: {cover:.0%} of the field covered (at most {limits.max_cover:.0%})"
    if cover is not None and cover < limits.min_cover:
        return f"too thin: {cover:.0%} of the field covered (at least {limits.min_cover:.0%})"
    if overlap is not None and overlap > limits.max_overlap:
        return f"too thick: {overlap:.0%} of red cells lie on others (at most {limits.max_overlap:.0%})"
    if strange:
        return f"stain unlike the training data: distance {stain:.1f} (at most {limits.max_stain_distance:.1f})"
    return None
