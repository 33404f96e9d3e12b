"""How good a finished bundle is: the report of `leukoscope-train evaluate`, on the device's own runtime and reading."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from contract.bundle import Bundle, Manifest, find_bundle, load_bundle
from contract.prepare import prepare_field
from contract.settings import QualitySettings
from contract.settings_files import load_settings
from device.network.classifier import Classifier
from device.quality.picture import measure_quality
from device.quality.smear import measure_smear
from training.description import read_description
from training.evaluate import require_fit
from training.evaluate_fitted import evaluate_as_fitted
from training.evaluate_report import ReportRequest, Subject, report_evaluation
from training.outsiders import Gate
from training.scoring import SourceScores


def evaluate_bundle(
    name: str, split: str, request: ReportRequest, config: Path | None, false_alarms: Sequence[float]
) -> tuple[Path, list[SourceScores]]:
    """Measure a bundle with the confidence it ships with.

    Args:
        name: folder of the bundle, or the name of a shipped one.
        split: to measure.
        request: what the report adds, and where it goes.
        config: settings laid over the defaults, for the device's limits of a field that is read.
        false_alarms: for screening, shares of benign fields that may raise an alarm.

    Returns:
        The report, and the figures by source.

    Raises:
        BundleError: there is no such bundle, or it is broken.
        EvaluateError: bundle and data do not fit together, or a split has no picture.
    """
    folder = find_bundle(name)
    bundle = load_bundle(folder)
    manifest = bundle.manifest
    wanted = (manifest.task, manifest.classes, manifest.um_per_px)
    require_fit(read_description(request.data), request.data, wanted, folder)
    with Classifier(bundle, threads=1) as classifier:
        evaluation = evaluate_as_fitted(request.data, split, manifest, classifier.outputs, false_alarms)
        subject = Subject(
            name=bundle.bundle_id,
            key=bundle.bundle_id,
            outputs="int8 bundle, read by the device's own code",
            facts=describe_bundle(bundle, classifier.runtime),
            outputs_of=classifier.outputs,
            gate=make_gate(manifest, load_settings(config).device.quality),
        )
        report = report_evaluation(evaluation, subject, request)
    return report, list(evaluation.scores.values())


def make_gate(manifest: Manifest, limits: QualitySettings) -> Gate:
    """Make the device's field gate: a field is not read where light, focus, cover or stain is no good.

    Args:
        manifest: of the bundle.
        limits: the settings' section `device.quality`.

    Returns:
        The gate.
    """

    def gate(image: NDArray[np.uint8], um_per_px: float) -> str | None:
        quality = measure_quality(image, um_per_px, limits)
        prepared = prepare_field(image, um_per_px, manifest.um_per_px)
        return measure_smear(prepared, manifest, limits, quality).reason

    return gate


def describe_bundle(bundle: Bundle, runtime: str) -> list[tuple[str, str]]:
    """List what a report tells of a bundle.

    Args:
        bundle: of the device.
        runtime: on which it was run.

    Returns:
        Labels and values.
    """
    manifest = bundle.manifest
    size = (bundle.folder / "model.tflite").stat().st_size
    facts = [
        ("bundle", f"{bundle.bundle_id}, model.tflite {size} bytes"),
        ("made with", manifest.made_with),
        ("measured with", runtime),
        ("on-site head", "none" if manifest.site is None else "fitted on this microscope's own cells"),
    ]
    if manifest.fitted_here:
        facts.append(("confidence of the microscope", manifest.fitted_here))
    return facts
