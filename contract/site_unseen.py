"""What heads of every strength say of cells they had not seen, and which strength is to be chosen."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from contract.confidence import calibrate
from contract.fitting import fit_temperature
from contract.site_cells import LabelledCell, divide, weigh
from contract.site_figures import surprise
from contract.site_fit import STRENGTHS, NetworkHead, apply_head, fit_site_head
from contract.site_head import SiteHead

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Unseen:
    """Cells as columns, with what each strength says of them when they are held out.

    Attributes:
        features: (n, F).
        truth: (n,) class indices.
        weight: (n,) what each counts in a fit.
        cell: (n,) ids of the physical cells.
        part: (n,) with which part each is held out.
        divided_by: in words.
        logits: (n, C) by strength, the strongest pull first; None: the network's own head.
    """

    features: Floats
    truth: NDArray[np.intp]
    weight: Floats
    cell: NDArray[np.str_]
    part: NDArray[np.intp]
    divided_by: str
    logits: dict[float | None, Floats]


def hold_out(cells: Sequence[LabelledCell], network: NetworkHead) -> Unseen:
    """Fit every strength on all parts but one, and ask it about that one.

    Args:
        cells: labelled.
        network: its own head.

    Returns:
        What was said.
    """
    features = np.array([cell.pooled.features for cell in cells], np.float64)
    truth = np.array([cell.truth for cell in cells], np.intp)
    weight, (part, divided_by) = weigh(cells), divide(cells)
    logits: dict[float | None, Floats] = {None: network(features)}
    logits |= {strength: np.zeros_like(logits[None]) for strength in STRENGTHS}
    for held in np.unique(part):
        learnt, asked = part != held, part == held
        for strength in STRENGTHS:
            head = fit_around(features[learnt], truth[learnt], weight[learnt], network, strength)
            logits[strength][asked] = apply_head(head, features[asked])
    return Unseen(features, truth, weight, np.array([cell.cell for cell in cells]), part, divided_by, logits)


def fit_around(
    features: Floats, truth: NDArray[np.intp], weight: Floats, network: NetworkHead, strength: float
) -> SiteHead:
    """Fit a head around the network's own, this at the temperature that suits the cells.

    Args:
        features: (n, F).
        truth: (n,) class indices.
        weight: (n,) what each counts.
        network: its own head.
        strength: of the pull.

    Returns:
        The head.
    """
    temperature = fit_temperature(network(features), truth, weight)
    prior = NetworkHead(network.weights / temperature, network.bias / temperature)
    return fit_site_head(features, truth, weight / weight.sum(), prior, strength)


def choose_strength(unseen: Unseen, rows: NDArray[np.bool_]) -> float | None:
    """Choose the strongest pull whose log loss is within one standard error of the least.

    Args:
        unseen: what each strength said.
        rows: (n,) cells to go by.

    Returns:
        The strength; None: the network's own head, with no other beside it.

    Source: one standard error rule, Breiman et al. 1984, Classification and Regression Trees.
    """
    weight = unseen.weight[rows] / unseen.weight[rows].sum()
    lost = {strength: _lose(logits[rows], unseen.truth[rows], weight) for strength, logits in unseen.logits.items()}
    best = min(lost.values(), key=lambda loss: float(loss @ weight))
    # looks at one cell are one observation: their differences are added before they are squared
    _, member = np.unique(unseen.cell[rows], return_inverse=True)
    for strength, loss in lost.items():
        more = loss - best
        mean = float(more @ weight)
        if mean <= float(np.sqrt((np.bincount(member, weight * (more - mean)) ** 2).sum())):
            return strength
    return None


def _lose(logits: Floats, truth: NDArray[np.intp], weight: Floats) -> Floats:
    """(m,) surprise of cells at the temperature that suits them best."""
    return surprise(calibrate(logits, fit_temperature(logits, truth, weight)), truth)
