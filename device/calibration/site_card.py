"""What the card of a calibrated bundle says before the card of the network it holds."""

from collections.abc import Iterator

from contract.notice import RESEARCH_USE
from contract.site_calibration import SiteCalibration
from contract.site_confidence import FEWEST_FOR_SETS
from device.calibration.gathered import Gathered

MARK = "<!-- the card of the network, as it was before calibration -->"
"""What stands below it is kept when a bundle is calibrated again."""

ROWS = {
    "macro_accuracy": "macro accuracy (likeliest class)",
    "log_loss": "log loss, macro (lower is better)",
    "ece": "calibration error (ECE)",
    "named_share": "share of cells that are named",
    "named_accuracy": "right when named",
    "set_coverage": "candidates hold the truth, macro",
    "set_size": "mean number of candidates",
}


def tabulate_figures(calibration: SiteCalibration) -> Iterator[tuple[str, str, str, str]]:
    """Yield for each figure its name, before, after, and the paired difference, as text with intervals."""
    for name, words in ROWS.items():
        before, after = getattr(calibration.before, name), getattr(calibration.after, name)
        yield words, str(before), str(after), str(getattr(calibration.change, name))


def write_site_card(calibration: SiteCalibration, gathered: Gathered, microscope: str, parent: str, card: str) -> str:
    """Write the card.

    Args:
        calibration: what was fitted, and its figures.
        gathered: the cells.
        microscope: whose they are.
        parent: id of the bundle that was calibrated.
        card: its card.

    Returns:
        Markdown.
    """
    manifest = calibration.manifest
    table = "\n".join(f"| {' | '.join(row)} |" for row in tabulate_figures(calibration))
    counts = ", ".join(f"{number} {name}" for name, number in gathered.counts(manifest.classes).items())
    head = "The network's own head is kept: no new one was surely better on cells it had not seen."
    if calibration.strength is not None:
        head = (
            "A new linear head on the network's pooled features, pulled towards the network's own head "
            f"(strength {calibration.strength:g}, chosen by holding out)."
        )
    return f"""# {manifest.name} {manifest.version}: calibrated on {microscope}

**{RESEARCH_USE}**

Made on the device from {parent}; the network is the same file. {head} Temperature {manifest.cell.temperature:.2f},
threshold {manifest.cell.threshold:.2f} (right when named: {calibration.named_accuracy:.0%} wanted) and a conformal
quantile for each class (95 %; a class with fewer than {FEWEST_FOR_SETS} cells shares that of all cells) were fitted on
cells that the head had not seen.

Fitted on {calibration.cells} labelled cells of this microscope: {counts}; {gathered.told}.

## Figures on this microscope

On {calibration.scored} of these cells, held out in parts by {calibration.divided_by}. What is shown as *after* was
told by a head, temperature, threshold and quantiles that had not seen the cell. Each physical cell counts once. In
brackets: 95 % bootstrap intervals over physical cells; cells of one slide resemble each other, so they are rather too
narrow.
Difference: after less before, paired.

| figure | before | after | difference |
|---|---|---|---|
{table}

Surely better: {"; ".join(calibration.gains) or "nothing"}.

## Limits

- Fitted for the lamp, stain, lens and camera of {microscope}. After a change of any of them, or on another microscope:
  calibrate again, or go back (`leukoscope bundle rollback`).
- The labels are those of the people who named these cells. A kind of cell that they did not meet was not learnt.

{MARK}

{card.partition(MARK)[2].lstrip() or card}"""
