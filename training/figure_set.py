"""Which figures an evaluation gets."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path

from training.audit import Audit
from training.evaluate import Evaluation
from training.figures import Drawn, draw_alarm, draw_naming
from training.figures_audit import draw_alterations, draw_curves, draw_evidence
from training.figures_masks import draw_masks
from training.forward import OutputsOf
from training.observe import SeenImage
from training.tabulate import Named, choose_units, merge_same_cells, tabulate_cells, tabulate_fields
from training.tfrecords import Example, read_examples

MASKS_SHOWN = 4


def draw_figures(folder: Path, data: Path, evaluation: Evaluation, outputs_of: OutputsOf, audit: Audit) -> list[Drawn]:
    """Draw every figure of an evaluation.

    Args:
        folder: made where needed; figures of an earlier evaluation are removed.
        data: prepared folder, for the pictures.
        evaluation: what was measured.
        outputs_of: the model, for the masks.
        audit: what was altered, perhaps nothing.

    Returns:
        The figures in the order of the report.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for old in (*folder.glob("*.png"), *folder.glob("*.jpg")):
        old.unlink()
    drawn = []
    for source in evaluation.scores:
        drawn += _draw_source(folder, evaluation, source)
    for source, examples in _pick_examples(data, evaluation).items():
        path = folder / f"masks_{source}.jpg"
        draw_masks(examples, outputs_of, evaluation.manifest, path)
        drawn.append(Drawn("masks", f"{source}: nucleus (blue) and whole cell (red)", path))
    return drawn + _draw_audit(folder, audit, len(evaluation.manifest.classes))


def list_things(evaluation: Evaluation, source: str) -> Mapping[str, Named]:
    """List what of a source was named, calibrated: fields, cells by box, and distinct cells where boxes repeat them.

    Args:
        evaluation: what was measured.
        source: data set.

    Returns:
        Columns by kind; kinds without anything are left out.
    """
    manifest = evaluation.manifest
    seen: list[SeenImage] = [image for image in evaluation.seen if image.source == source]
    units, _ = choose_units(seen)
    things = {}
    if manifest.field is not None:
        fields = tabulate_fields(seen, len(manifest.classes), units)
        things["fields"] = fields.calibrated(manifest.field.temperature)
    cells = tabulate_cells(seen, len(manifest.classes), units)
    distinct = merge_same_cells(cells)
    if len(distinct.truth) != len(cells.truth):
        things["distinct"] = distinct.calibrated(manifest.cell.temperature)
    things["cells"] = cells.calibrated(manifest.cell.temperature)
    return {kind: named for kind, named in things.items() if len(named.truth)}


def _draw_source(folder: Path, evaluation: Evaluation, source: str) -> list[Drawn]:
    classes, drawn = evaluation.manifest.classes, []
    things = list_things(evaluation, source)
    for kind, named in things.items():
        drawn += draw_naming(named, classes, folder, f"{kind}_{source}", f"naming:{source}:{kind}")
    alarm = evaluation.details[source].alarm
    if alarm is not None and "fields" in things:
        path = folder / f"alarm_{source}.png"
        drawn.append(draw_alarm(things["fields"], alarm, classes, path, f"alarm:{source}"))
    return drawn


def _draw_audit(folder: Path, audit: Audit, classes: int) -> list[Drawn]:
    if not audit.sources:
        return []
    drawn = draw_curves(audit.sources, folder)
    for source, one in audit.sources.items():
        drawn.append(draw_evidence(one, classes, folder))
        drawn.append(draw_alterations(audit.shown[source], folder))
    return drawn


def _pick_examples(data: Path, evaluation: Evaluation) -> dict[str, list[Example]]:
    """Pick a few pictures of each source, evenly spread: neighbours in a file are of one class."""
    picked: dict[str, list[Example]] = defaultdict(list)
    seen: Counter[str] = Counter()
    for example in read_examples(data, evaluation.split):
        step = max(1, evaluation.scores[example.source].images // MASKS_SHOWN)
        if seen[example.source] % step == step // 2 and len(picked[example.source]) < MASKS_SHOWN:
            picked[example.source].append(example)
        seen[example.source] += 1
    return picked
