"""The data sets that are known by name: scale, licence and where they come from, in one table."""

from dataclasses import dataclass

from training.sample import Framing


@dataclass(frozen=True, slots=True)
class KnownData:
    """A published data set.

    Attributes:
        um_per_px: size of a pixel of its images.
        framing: what one image shows.
        licence: under which it may be used.
        source: who made it and where.
    """

    um_per_px: float
    framing: Framing
    licence: str
    source: str


KNOWN_DATA: dict[str, KnownData] = {
    "rpi_fields": KnownData(
        0.15, Framing.BOXES, "MIT", "Raspberry Pi camera fields, singgihbekti/WBC_Dataset, Chulalongkorn University"
    ),
    "pbc_cells": KnownData(
        0.15,
        Framing.CROP,
        "images CC BY 4.0, attributes MIT",
        "Acevedo et al. 2020, doi 10.17632/snkd93bnjr.1; attributes of WBCAtt, Tsutsui et al. 2023",
    ),
    "bccd_fields": KnownData(
        0.067, Framing.FIELD, "MIT", "Shenggan/BCCD_Dataset, masks by ParthaPratimBanik, 640x480 fields"
    ),
    "zheng_cells": KnownData(
        0.19,
        Framing.CROP,
        "repository under GPL-3",
        "zxaoyou/segmentation_WBC data set 1, Zheng et al. 2018, doi 10.1016/j.micron.2018.01.010",
    ),
    "all4_fields": KnownData(
        0.45,
        Framing.FIELD,
        "unread: train and measure, never redistribute images",
        "Aria et al. 2021, Taleqani Hospital, doi 10.34740/KAGGLE/DSV/2175623",
    ),
}
"""By the name of the folder in which it lies."""
