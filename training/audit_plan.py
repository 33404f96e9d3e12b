"""Which alterations the audit makes, how far each goes, and what each is to show."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from contract.flatfield import BACKGROUND
from training.audit_alter import (
    Image,
    Scene,
    blank_cells,
    cast_lamp,
    defocus,
    keep_border,
    keep_cells,
    keep_corner,
    patch_cells,
    shift_stain,
)

CASTS = ((0.1, 8.0), (0.2, 14.0), (0.3, 20.0))
"""Lamp casts: standard deviations of gain and of offset in grey levels."""

STAIN_SPREADS = (0.1, 0.2, 0.3, 0.4)
BLUR_SIGMAS = (0.5, 0.8, 1.2, 1.6, 2.0)
CAST_DRAWS, STAIN_DRAWS = 3, 2
GREY = np.full(3, BACKGROUND, np.uint8)

UNTOUCHED, EVIDENCE, LAMP, STAIN, FOCUS = "untouched", "evidence", "lamp", "stain", "focus"

Alter = Callable[[Scene, np.random.Generator], Image]


@dataclass(frozen=True, slots=True)
class Alteration:
    """One way in which pictures are altered.

    Attributes:
        family: what is altered; members of "lamp", "stain" and "focus" form a curve.
        name: of this one, in words.
        level: place on the curve.
        draws: how often each picture is altered anew.
        shows_hidden: what preparation hides (a corner that may hold a scale bar) is seen, where originals are given.
        alter: makes the picture.
    """

    family: str
    name: str
    level: float
    draws: int
    shows_hidden: bool
    alter: Alter


def plan_audit() -> tuple[Alteration, ...]:
    """List every alteration, the untouched picture first."""
    return (
        Alteration(UNTOUCHED, "untouched", 0.0, 1, False, lambda scene, rng: scene.image),
        *_list_evidence(),
        *(_cast(gain, offset) for gain, offset in CASTS),
        *(_stain(spread) for spread in STAIN_SPREADS),
        *(_blur(sigma) for sigma in BLUR_SIGMAS),
    )


def _list_evidence() -> list[Alteration]:
    def take(name: str, alter: Alter, shows_hidden: bool = False) -> Alteration:
        return Alteration(EVIDENCE, name, 0.0, 1, shows_hidden, alter)

    return [
        take("background only: cells blanked with plasma", lambda scene, rng: blank_cells(scene)),
        take("background only: cells covered with other background", patch_cells),
        take("cells only: the rest in the picture's own plasma", lambda scene, rng: keep_cells(scene)),
        take("cells only: the rest in one grey for all", lambda scene, rng: keep_cells(scene, GREY)),
        take("corner only, its cells blanked", lambda scene, rng: keep_corner(scene), shows_hidden=True),
        take("border only, its cells blanked", lambda scene, rng: keep_border(scene)),
    ]


def _cast(gain: float, offset: float) -> Alteration:
    name = f"gain sd {gain:g}, offset sd {offset:g}"
    return Alteration(LAMP, name, gain, CAST_DRAWS, False, lambda scene, rng: cast_lamp(scene.image, gain, offset, rng))


def _stain(spread: float) -> Alteration:
    name = f"log gain sd {spread:g}"
    return Alteration(STAIN, name, spread, STAIN_DRAWS, False, lambda scene, rng: shift_stain(scene, spread, rng))


def _blur(sigma: float) -> Alteration:
    return Alteration(FOCUS, f"sigma {sigma:g} px", sigma, 1, False, lambda scene, rng: defocus(scene.image, sigma))
