"""How good a run is, and on what: every figure by source, with its interval, beside what colour alone achieves."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tqdm import tqdm

from contract.bundle import Manifest
from contract.failures import Refusal
from training.confidence import Fitting, choose_sources, fit_confidence
from training.description import Description, read_description
from training.drafting import draft_manifest
from training.forward import OutputsOf, run_float
from training.observe import SeenImage, observe
from training.runs import RunRecord, load_run
from training.scoring import SourceScores, score_sources
from training.shortcut import Colour, ShortcutScores, describe_colour, score_shortcut
from training.tfrecords import Example, read_examples


class EvaluateError(Refusal):
    """A run and a prepared folder do not fit together, or a split is empty: prepare the data the run was made for."""

    exit_code = 4


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """Everything measured of a model on one split.

    Attributes:
        split: "test" or another; confidence was fitted on "val" whatever it is.
        manifest: with the confidence that was fitted.
        seen: the pictures as the model saw them, at temperature 1.
        scores: by source.
        shortcuts: the colour baseline by source.
    """

    split: str
    manifest: Manifest
    seen: list[SeenImage]
    scores: dict[str, SourceScores]
    shortcuts: dict[str, ShortcutScores]


def open_run(run: Path, data: Path) -> tuple[RunRecord, list[Any], Description]:
    """Open a run and the prepared folder it is to be measured on.

    Args:
        run: made by `leukoscope-train fit`.
        data: made by `leukoscope-train prepare`, with the run's task, classes, attributes and scale.

    Returns:
        The record, the weights and the description.

    Raises:
        EvaluateError: they do not fit together.
    """
    record, model = load_run(run)
    description = read_description(data)
    wanted = (record.model.task, record.model.classes, record.um_per_px)
    found = (description.task, description.classes, description.um_per_px)
    for what, here, there in zip(("task", "classes", "um_per_px"), found, wanted, strict=True):
        if here != there:
            raise EvaluateError(f"{data}: {what}: {here} (expected {there}, as in {run})")
    return record, model.get_weights(), description


def evaluate_run(run: Path, data: Path, split: str, fitting: Fitting) -> tuple[Evaluation, OutputsOf]:
    """Measure the float network of a run, its confidence fitted on the validation split.

    Args:
        run: run folder.
        data: prepared folder.
        split: split to measure.
        fitting: of confidence.

    Returns:
        The figures, and the network for drawing pictures.

    Raises:
        EvaluateError: run and data do not fit together, or a split has no picture.
    """
    record, weights, description = open_run(run, data)
    draft = draft_manifest(record.model, (record.input_height, record.input_width), record.um_per_px)
    outputs_of = run_float(record.model, weights, draft)
    return evaluate(data, split, draft, outputs_of, description, fitting, "float outputs"), outputs_of


def evaluate(
    data: Path,
    split: str,
    draft: Manifest,
    outputs_of: OutputsOf,
    description: Description,
    fitting: Fitting,
    whose: str,
) -> Evaluation:
    """Fit confidence on the validation split, then measure another; float networks and int8 bundles alike.

    Args:
        data: prepared folder.
        split: to measure.
        draft: how outputs are read, temperatures 1.
        outputs_of: the model.
        description: of the data.
        fitting: of confidence.
        whose: whose outputs these are, in words.

    Returns:
        The figures.

    Raises:
        EvaluateError: a split has no picture.
        ConfidenceError: the validation split lacks what confidence is to be fitted on.
    """
    sources = choose_sources(description, fitting.sources)
    judged = observe((one for one in watch(data, "val", whose) if one.source in sources), outputs_of, draft)
    manifest = fit_confidence(judged, draft, fitting.named_accuracy, whose)
    seen = observe(watch(data, split, whose), outputs_of, draft)
    scores = score_sources(seen, manifest)
    return Evaluation(split, manifest, seen, scores, score_shortcuts(data, split))


def score_shortcuts(data: Path, split: str) -> dict[str, ShortcutScores]:
    """Measure the colour baseline on every source of a split, taught by the same source's training pictures.

    Args:
        data: prepared folder.
        split: to measure.

    Returns:
        Scores by source.
    """
    known, asked = (_gather_colours(read_examples(data, part)) for part in ("train", split))
    return {source: score_shortcut(known[source], asked[source]) for source in sorted(asked)}


def watch(data: Path, split: str, what: str) -> Iterator[Example]:
    """Read a split with a progress bar.

    Args:
        data: prepared folder.
        split: to read.
        what: for the bar, what looks at the pictures.

    Yields:
        Examples.

    Raises:
        EvaluateError: there is none.
    """
    description = read_description(data)
    total = sum(source.counts[split].images for source in description.sources if split in source.counts)
    if not total:
        raise EvaluateError(f"{data}: no picture in {split} (expected some; see --hold-out and --validate of prepare)")
    yield from tqdm(read_examples(data, split), total=total, desc=f"{split}, {what}", unit="image", dynamic_ncols=True)


def _gather_colours(examples: Iterable[Example]) -> dict[str, list[Colour]]:
    gathered: dict[str, list[Colour]] = defaultdict(list)
    for example in examples:
        truths = (
            [example.field_class] if example.field_class >= 0 else [kind for kind in example.box_class if kind >= 0]
        )
        colour = describe_colour(example.image) if truths else None
        if colour is not None:
            gathered[example.source] += [Colour(colour, int(t), example.group, example.id) for t in truths]
    return gathered
