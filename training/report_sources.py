"""One line for each source: what was trained on of it, and how the model does there; the table of other sites."""

from collections.abc import Mapping
from dataclasses import dataclass

from training.description import Description, SourceDescription, SplitCount
from training.evaluate import Evaluation
from training.naming import NamingScores
from training.panoptic import PanopticScores
from training.sample import SPLITS
from training.scoring import SourceScores


@dataclass(frozen=True, slots=True)
class SourceLine:
    """One source as the report's tables show it.

    Attributes:
        name, licence, origin: of the data set.
        simulated: drawn and not photographed.
        trained: pictures of it in the training split; 0: another site.
        holds: by split, pictures, groups and named things in words.
        scores: its figures; None where it is not in the split that was measured.
        naming: of fields, or of distinct cells; None where nothing is named.
        panoptic: of whole cells; None without human masks.
        standing: what its relation to training is, in words.
    """

    name: str
    licence: str
    origin: str
    simulated: bool
    trained: int
    holds: dict[str, str]
    scores: SourceScores | None
    naming: NamingScores | None
    panoptic: PanopticScores | None
    standing: str


def list_sources(description: Description, evaluation: Evaluation) -> list[SourceLine]:
    """List the sources of a prepared folder, those nothing of which was trained on first.

    Args:
        description: of the folder.
        evaluation: of one of its splits.

    Returns:
        A line for each.
    """
    lines = [_line(one, evaluation) for one in description.sources]
    return sorted(lines, key=lambda line: (line.trained > 0, line.simulated, line.name))


def _line(source: SourceDescription, evaluation: Evaluation) -> SourceLine:
    scores = evaluation.scores.get(source.name)
    details = evaluation.details.get(source.name)
    train = source.counts.get("train")
    trained = train.images if train else 0
    return SourceLine(
        name=source.name,
        licence=source.licence,
        origin=source.origin,
        simulated=source.simulated,
        trained=trained,
        holds={split: _say(source, split) for split in SPLITS},
        scores=scores,
        naming=None if scores is None else scores.fields or scores.distinct or scores.cells,
        panoptic=None if details is None else details.panoptic_cells,
        standing=_say_standing(source, trained),
    )


def _say_standing(source: SourceDescription, trained: int) -> str:
    if source.simulated:
        return "drawn by this program"
    return "other groups of it" if trained else "nothing: another site"


def _say(source: SourceDescription, split: str) -> str:
    count: SplitCount | None = source.counts.get(split)
    if count is None or not count.images:
        return "-"
    groups = len(source.groups.get(split, ()))
    named = _join(count.fields) or _join(count.cells)
    return f"{count.images} pictures in {groups} group{'s' if groups != 1 else ''}" + (f": {named}" if named else "")


def _join(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{number} {name}" for name, number in counts.items())
