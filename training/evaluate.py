"""How good a run is, and on what: every figure by source, with its interval, beside what colour alone achieves."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tqdm import tqdm

from contract.bundle import Manifest
from contract.failures import Refusal
from training.confidence import Fitting, choose_sources, fit_confidence
from training.description import Description, read_description
from training.details import SourceDetails, detail_sources
from training.drafting import draft_manifest
from training.forward import OutputsOf, run_float
from training.observe import SeenImage, observe
from training.operating import FALSE_ALARMS
from training.runs import RunRecord, load_run
from training.scoring import SourceScores, score_sources
from training.shortcut import ShortcutScores, score_shortcuts
from training.tfrecords import Example, read_examples

TRAINED_AT_MOST = 700
"""Training pictures of a source from which known cells are described: a covariance of 50 numbers wants hundreds."""


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
        details: by source, what a report shows beside the scores.
    """

    split: str
    manifest: Manifest
    seen: list[SeenImage]
    scores: dict[str, SourceScores]
    shortcuts: dict[str, ShortcutScores]
    details: dict[str, SourceDetails]


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
    require_fit(description, data, (record.model.task, record.model.classes, record.um_per_px), run)
    return record, model.get_weights(), description


def require_fit(description: Description, data: Path, wanted: tuple[str, tuple[str, ...], float], model: Path) -> None:
    """Refuse prepared data that a model was not made for.

    Args:
        description: of the data.
        data: prepared folder.
        wanted: task, classes and working scale of the model.
        model: run or bundle.

    Raises:
        EvaluateError: they do not fit together.
    """
    found = (description.task, description.classes, description.um_per_px)
    for what, here, there in zip(("task", "classes", "um_per_px"), found, wanted, strict=True):
        if here != there:
            raise EvaluateError(f"{data}: {what}: {here} (expected {there}, as in {model})")


def evaluate_run(
    run: Path, data: Path, split: str, fitting: Fitting, false_alarms: Sequence[float] = FALSE_ALARMS
) -> tuple[Evaluation, OutputsOf]:
    """Measure the float network of a run, its confidence fitted on the validation split.

    Args:
        run: run folder.
        data: prepared folder.
        split: split to measure.
        fitting: of confidence.
        false_alarms: for screening, shares of benign fields that may raise an alarm.

    Returns:
        The figures, and the network for drawing pictures.

    Raises:
        EvaluateError: run and data do not fit together, or a split has no picture.
    """
    record, weights, description = open_run(run, data)
    draft = draft_manifest(record.model, (record.input_height, record.input_width), record.um_per_px)
    outputs_of = run_float(record.model, weights, draft)
    evaluation = evaluate(data, split, draft, outputs_of, description, fitting, "float outputs", false_alarms)
    return evaluation, outputs_of


def evaluate(
    data: Path,
    split: str,
    draft: Manifest,
    outputs_of: OutputsOf,
    description: Description,
    fitting: Fitting,
    whose: str,
    false_alarms: Sequence[float] = FALSE_ALARMS,
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
        false_alarms: for screening, shares of benign fields that may raise an alarm.

    Returns:
        The figures.

    Raises:
        EvaluateError: a split has no picture.
        ConfidenceError: the validation split lacks what confidence is to be fitted on.
    """
    fitting = replace(fitting, sources=choose_sources(description, fitting.sources))
    judged = observe(watch(data, "val", whose), outputs_of, draft)
    trained = observe(sample_trained(data, whose), outputs_of, draft)
    manifest = fit_confidence(judged, trained, draft, fitting, whose)
    seen = observe(watch(data, split, whose), outputs_of, draft)
    return weigh(data, split, manifest, judged, seen, false_alarms)


def weigh(
    data: Path,
    split: str,
    manifest: Manifest,
    judged: list[SeenImage],
    seen: list[SeenImage],
    false_alarms: Sequence[float],
) -> Evaluation:
    """Take every figure of what was seen.

    Args:
        data: prepared folder, for the colour baseline.
        split: that was seen.
        manifest: with fitted confidence.
        judged: validation pictures, on which alarms are set.
        seen: the pictures of the split; both observed through a manifest whose temperatures are 1.
        false_alarms: shares of benign fields that may raise an alarm.

    Returns:
        The figures.
    """
    scores = score_sources(seen, manifest)
    details = detail_sources(seen, judged, manifest, false_alarms)
    return Evaluation(split, manifest, seen, scores, score_shortcuts(data, split), details)


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


def sample_trained(data: Path, what: str) -> Iterator[Example]:
    """Read some training pictures of each source, evenly spread, with a progress bar.

    Args:
        data: prepared folder.
        what: for the bar, what looks at the pictures.

    Yields:
        At most about `TRAINED_AT_MOST` examples of each source.
    """
    description = read_description(data)
    every = {
        source.name: max(1, source.counts["train"].images // TRAINED_AT_MOST)
        for source in description.sources
        if "train" in source.counts
    }
    passed: Counter[str] = Counter()
    for example in watch(data, "train", what):
        passed[example.source] += 1
        if passed[example.source] % every[example.source] == 0:
            yield example
