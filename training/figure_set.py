"""Which figures an evaluation gets."""

from collections import Counter, defaultdict
from pathlib import Path

from training.evaluate import Evaluation
from training.figures import draw_masks, draw_mistakes, draw_naming, find_mistakes
from training.forward import OutputsOf
from training.tabulate import merge_same_cells, tabulate_cells, tabulate_fields
from training.tfrecords import Example, read_examples

MASKS_SHOWN = 4
MISTAKES_SHOWN = 18


def draw_figures(folder: Path, data: Path, evaluation: Evaluation, outputs_of: OutputsOf) -> dict[str, Path]:
    """Draw every figure of an evaluation.

    Args:
        folder: made where needed; figures of an earlier evaluation are replaced.
        data: prepared folder, for the pictures.
        evaluation: what was measured.
        outputs_of: the model, for the masks.

    Returns:
        PNG files by caption.
    """
    folder.mkdir(parents=True, exist_ok=True)
    figures = _draw_namings(folder, evaluation)
    mistakes = find_mistakes(evaluation.seen, MISTAKES_SHOWN)
    if mistakes:
        path = folder / "mistakes.png"
        draw_mistakes(mistakes, read_examples(data, evaluation.split), evaluation.manifest.classes, path)
        figures["The surest wrong answers, uncalibrated"] = path
    for source, examples in _pick_examples(data, evaluation).items():
        path = folder / f"masks_{source}.png"
        draw_masks(examples, outputs_of, evaluation.manifest, path)
        figures[f"{source}: nucleus (blue) and whole cell (red)"] = path
    return figures


def _draw_namings(folder: Path, evaluation: Evaluation) -> dict[str, Path]:
    manifest, figures = evaluation.manifest, {}
    for source in evaluation.scores:
        seen = [image for image in evaluation.seen if image.source == source]
        cells = tabulate_cells(seen, len(manifest.classes))
        kinds = {"cells": (cells, manifest.cell), "distinct": (merge_same_cells(cells), manifest.cell)}
        if len(kinds["distinct"][0].truth) == len(cells.truth):
            del kinds["distinct"]
        if manifest.field is not None:
            kinds["fields"] = (tabulate_fields(seen, len(manifest.classes)), manifest.field)
        for kind, (things, abstention) in kinds.items():
            if len(things.truth):
                path, caption = folder / f"{kind}_{source}.png", f"{source}: {kind}"
                draw_naming(things.calibrated(abstention.temperature), manifest.classes, caption, path)
                figures[caption] = path
    return figures


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
