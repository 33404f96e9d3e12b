"""On-site calibration: head, temperature, threshold and conformal sets for one microscope, and whether they are better.

Everything that is scored was told by a head, a temperature and a threshold that had not seen the cell: in each part
held out in turn, strength, temperature, threshold and quantiles come from the other parts.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from contract.bundle import Manifest
from contract.confidence import calibrate, choose_candidates
from contract.failures import Refusal
from contract.fitting import COVERAGE
from contract.naming import name_cell
from contract.site_cells import LabelledCell
from contract.site_confidence import find_strange, fit_site_confidence, widen_outside
from contract.site_figures import Answers, SiteFigures, compare, draw_scales, measure
from contract.site_fit import NetworkHead
from contract.site_unseen import Unseen, choose_strength, fit_around, hold_out

LEAST_NAMED = 0.5
"""That what is named is right more often is no gain by itself where hardly a cell is named."""

MOST_CANDIDATES = 2.5
"""Sets of more than this on average hold the truth because they hold everything."""

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]


class SiteTaskError(Refusal):
    """A screening bundle names fields; its cells cannot be calibrated by cell types. Choose a differential bundle."""

    exit_code = 3


@dataclass(frozen=True, slots=True, eq=False)
class SiteCalibration:
    """What was fitted, and how it does beside what is in use.

    Attributes:
        manifest: of the bundle in use with what was fitted here in place; files and names are not yet its own.
        strength: pull of the network's own head; None: that head itself is kept, and confidence alone was fitted.
        divided_by: what was held out, in words.
        cells: labelled cells.
        scored: cells on which both were compared.
        before: figures of the bundle in use.
        after: figures of the new one, on cells it had not seen.
        change: each figure, after less before, paired.
        named_accuracy: how often what is named was to be right.
    """

    manifest: Manifest
    strength: float | None
    divided_by: str
    cells: int
    scored: int
    before: SiteFigures
    after: SiteFigures
    change: SiteFigures
    named_accuracy: float

    @property
    def gains(self) -> tuple[str, ...]:
        """What is surely better, in words: paired intervals that leave 0 out. None: it may not take over.

        A promise that the bundle in use breaks here, and the new one keeps, counts as much as a lower loss. Whatever
        is gained, nothing is where loss or naming is surely worse.
        """
        before, after, change = self.before, self.after, self.change
        if change.log_loss.low > 0 or change.macro_accuracy.high < 0:
            return ()
        found = ["names and confidence (log loss)"] if change.log_loss.high < 0 else []
        broken = before.named_accuracy.high < self.named_accuracy
        if broken and change.named_accuracy.low > 0 and after.named_share.value >= LEAST_NAMED:
            found.append("cells that are named are right more often")
        missing = before.set_coverage.high < COVERAGE
        if missing and change.set_coverage.low > 0 and after.set_size.value <= MOST_CANDIDATES:
            found.append("candidates hold the truth more often")
        return tuple(found)


def calibrate_site(
    cells: Sequence[LabelledCell],
    manifest: Manifest,
    network: NetworkHead,
    named_accuracy: float,
    fresh: NDArray[np.bool_] | None = None,
) -> SiteCalibration:
    """Fit everything that depends on the microscope, and score it on cells it had not seen.

    Args:
        cells: labelled on this microscope.
        manifest: of the bundle in use.
        network: its network's own head.
        named_accuracy: how often what is named must be right, 0..1.
        fresh: (n,) cells that the bundle in use was not fitted on, the only ones that are scored; None: all.

    Returns:
        The calibration; whether it may take over `gains` says.

    Raises:
        SiteTaskError: the bundle is one for screening.
    """
    if manifest.task != "differential":
        raise SiteTaskError(f"{manifest.name}: a bundle for {manifest.task} (expected one for a differential)")
    unseen = hold_out(cells, network)
    outside = widen_outside(manifest.outside, cells)
    answers = _answer_unseen(unseen, manifest.classes, named_accuracy, find_strange(outside, cells))
    scored = np.ones(len(cells), bool) if fresh is None else fresh
    scales = draw_scales(unseen.truth[scored], unseen.cell[scored])
    before, after = _take(_answer(cells, manifest), scored), _take(answers, scored)
    strength, fitted = _fit_all(unseen, network, manifest.classes, named_accuracy)
    return SiteCalibration(
        manifest=manifest.model_copy(update=fitted | {"outside": outside}),
        strength=strength,
        divided_by=unseen.divided_by,
        cells=len(cells),
        scored=int(scored.sum()),
        before=measure(before, scales),
        after=measure(after, scales),
        change=compare(before, after, scales),
        named_accuracy=named_accuracy,
    )


def fit_everything(
    cells: Sequence[LabelledCell], manifest: Manifest, network: NetworkHead, named_accuracy: float
) -> dict[str, object]:
    """Fit as `calibrate_site` does, without scoring.

    Args:
        cells: labelled on this microscope.
        manifest: of the bundle in use.
        network: its network's own head.
        named_accuracy: how often what is named must be right, 0..1.

    Returns:
        Changes to the manifest: head, abstention, quantiles, limit of strangeness.
    """
    _, fitted = _fit_all(hold_out(cells, network), network, manifest.classes, named_accuracy)
    return fitted | {"outside": widen_outside(manifest.outside, cells)}


def _answer_unseen(
    unseen: Unseen, classes: Sequence[str], named_accuracy: float, strange: NDArray[np.bool_]
) -> Answers:
    probabilities = np.zeros((len(unseen.truth), len(classes)))
    named, sets = np.zeros(len(unseen.truth), bool), np.zeros(probabilities.shape, bool)
    for held in np.unique(unseen.part):
        rest, mine = unseen.part != held, unseen.part == held
        logits = unseen.logits[choose_strength(unseen, rest)]
        cell, conformal = fit_site_confidence(
            logits[rest], unseen.truth[rest], unseen.weight[rest], classes, named_accuracy
        )
        told = calibrate(logits[mine], cell.temperature)
        probabilities[mine], named[mine] = told, (told.max(axis=1) >= cell.threshold) & ~strange[mine]
        sets[mine] = [[name in choose_candidates(row, classes, conformal) for name in classes] for row in told]
    return Answers(probabilities, named, sets)


def _fit_all(
    unseen: Unseen, network: NetworkHead, classes: Sequence[str], named_accuracy: float
) -> tuple[float | None, dict[str, object]]:
    strength = choose_strength(unseen, np.ones(len(unseen.truth), bool))
    cell, conformal = fit_site_confidence(unseen.logits[strength], unseen.truth, unseen.weight, classes, named_accuracy)
    head = None
    if strength is not None:
        head = fit_around(unseen.features, unseen.truth, unseen.weight, network, strength)
    return strength, {"site": head, "cell": cell, "conformal": conformal}


def _answer(cells: Sequence[LabelledCell], manifest: Manifest) -> Answers:
    """What the bundle in use says, through the device's own reading."""
    said = [name_cell(cell.pooled, manifest) for cell in cells]
    return Answers(
        np.array([[one.probabilities[name] for name in manifest.classes] for one in said]),
        np.array([one.cell_type in manifest.classes for one in said]),
        np.array([[name in one.candidates for name in manifest.classes] for one in said]),
    )


def _candidates(told: Floats, classes: Sequence[str], conformal: dict[str, float]) -> NDArray[np.bool_]:
    sets = 1 - told <= np.array([conformal[name] for name in classes])
    sets[np.arange(len(told)), told.argmax(axis=1)] |= ~sets.any(axis=1)
    return np.asarray(sets)


def _take(answers: Answers, rows: NDArray[np.bool_]) -> Answers:
    return Answers(answers.probabilities[rows], answers.named[rows], answers.sets[rows])
