"""How good a finished model is, with the confidence it ships with: what a bundle's own figures are about."""

from collections.abc import Sequence
from pathlib import Path

from contract.bundle import Abstention, Manifest
from training.evaluate import Evaluation, watch, weigh
from training.forward import OutputsOf
from training.observe import observe
from training.operating import FALSE_ALARMS

WHOSE = "the bundle's own outputs"


def evaluate_as_fitted(
    data: Path,
    split: str,
    manifest: Manifest,
    outputs_of: OutputsOf,
    false_alarms: Sequence[float] = FALSE_ALARMS,
) -> Evaluation:
    """Measure a model whose confidence is fitted already, as it is: a finished bundle.

    Args:
        data: prepared folder.
        split: to measure.
        manifest: of the bundle.
        outputs_of: the model.
        false_alarms: shares of benign fields that may raise an alarm.

    Returns:
        The figures.

    Raises:
        EvaluateError: a split has no picture.
    """
    draft = open_to_all(manifest)
    screening = manifest.task == "screening"
    judged = observe(watch(data, "val", WHOSE), outputs_of, draft) if screening else []
    seen = observe(watch(data, split, WHOSE), outputs_of, draft)
    return weigh(data, split, manifest, judged, seen, false_alarms)


def open_to_all(manifest: Manifest) -> Manifest:
    """Give a manifest with temperature 1, every answer named and no cell strange, the rest as it is."""
    everything = Abstention(temperature=1.0, threshold=0.0)
    field = None if manifest.field is None else everything
    return manifest.model_copy(update={"cell": everything, "field": field, "outside": None})
