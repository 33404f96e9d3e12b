"""What so many labelled cells a class would give: drawn again and again, and asked about the others."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from contract.bundle import Manifest
from contract.naming import Naming, name_cell
from contract.site_calibration import fit_everything
from contract.site_cells import LabelledCell, choose_evenly, divide
from contract.site_figures import Answers, draw_scales, measure
from contract.site_fit import NetworkHead

Floats = NDArray[np.float64]

ONCE = "macro_accuracy_once"
"""Each physical cell named once, by the mean of the probabilities of its looks."""


def rehearse(
    cells: Sequence[LabelledCell],
    manifest: Manifest,
    network: NetworkHead,
    named_accuracy: float,
    per_class: int,
    draws: int,
) -> dict[str, tuple[float, float]]:
    """Calibrate on few cells of all parts but one and ask about that one, part by part, with another draw each time.

    Args:
        cells: labelled on one microscope.
        manifest: of the bundle.
        network: its network's own head.
        named_accuracy: how often what is named must be right, 0..1.
        per_class: labelled cells of each class to learn from; fewer where the other parts hold fewer.
        draws: how often.

    Returns:
        Mean and standard deviation over draws of every figure of `SiteFigures`, and of `ONCE`.
    """
    parts, _ = divide(cells)
    rows = []
    for draw in range(draws):
        rng = np.random.default_rng(draw)
        answers = _answer_parts(cells, parts, rng, per_class, (manifest, network, named_accuracy))
        rows.append(_score(answers, cells))
    return {
        name: (float(np.mean([row[name] for row in rows])), float(np.std([row[name] for row in rows])))
        for name in rows[0]
    }


def _answer_parts(
    cells: Sequence[LabelledCell],
    parts: NDArray[np.intp],
    rng: np.random.Generator,
    per_class: int,
    recipe: tuple[Manifest, NetworkHead, float],
) -> Answers:
    manifest, network, named_accuracy = recipe
    said: dict[int, Naming] = {}
    for held in np.unique(parts):
        others = rng.permutation(np.flatnonzero(parts != held)).tolist()
        learnt = choose_evenly([cells[place] for place in others], per_class)
        fitted = manifest.model_copy(update=fit_everything(learnt, manifest, network, named_accuracy))
        said |= {place: name_cell(cells[place].pooled, fitted) for place in np.flatnonzero(parts == held).tolist()}
    order = [said[place] for place in range(len(cells))]
    return Answers(
        np.array([[one.probabilities[name] for name in manifest.classes] for one in order]),
        np.array([one.cell_type in manifest.classes for one in order]),
        np.array([[name in one.candidates for name in manifest.classes] for one in order]),
    )


def _score(answers: Answers, cells: Sequence[LabelledCell]) -> dict[str, float]:
    truth, names = np.array([cell.truth for cell in cells]), np.array([cell.cell for cell in cells])
    figures = measure(answers, draw_scales(truth, names, draws=1))
    _, first, member = np.unique(names, return_index=True, return_inverse=True)
    summed = np.zeros((len(first), answers.probabilities.shape[1]))
    np.add.at(summed, member, answers.probabilities)
    right = summed.argmax(axis=1) == truth[first]
    once = float(np.mean([right[truth[first] == index].mean() for index in np.unique(truth)]))
    return {name: getattr(figures, name).value for name in figures.__slots__} | {ONCE: once}
