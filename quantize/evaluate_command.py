"""`leukoscope-quantize evaluate`: the command line of measuring a finished bundle."""

import os
import sys
from pathlib import Path

import click

from training.evaluate_options import add_report_options
from training.sample import SPLITS

_FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command("evaluate")
@click.argument("bundle")
@click.option("--data", type=_FOLDER, required=True, help="Folder made by `leukoscope-train prepare`.")
@click.option("--out", type=_FOLDER, required=True, help="Folder of the report.")
@click.option("--split", type=click.Choice(SPLITS), default="test", show_default=True, help="Part of DATA to measure.")
@add_report_options
@click.option("--config", type=click.Path(path_type=Path, dir_okay=False), help="Settings laid over the defaults.")
def evaluate_command(
    bundle: str,
    data: Path,
    out: Path,
    split: str,
    audit_pictures: int,
    audit_seed: int,
    originals: tuple[str, ...],
    outsiders: tuple[str, ...],
    false_alarms: tuple[float, ...],
    config: Path | None,
) -> None:
    """Measure a finished BUNDLE, a folder or the name of a shipped one, as the device would read it.

    The report is that of leukoscope-train evaluate; but the int8 file is run on the device's own runtime, confidence is
    the one the bundle ships with, and the device's field gate is asked about outsiders.

    \b
    Example
      leukoscope-quantize evaluate wbc5 --data prepared/wbc5 --out evaluations/wbc5 \\
        --outsiders histology=images/histology@0.25
    """  # noqa: D301 - \b is for click, which reads it as the character
    # TensorFlow reads this when it is loaded: its notes about instruction sets are no news to anybody here.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    from quantize.evaluate_bundle import evaluate_bundle
    from training.evaluate_options import read_request
    from training.operating import FALSE_ALARMS
    from training.report import tell_command

    command = tell_command("leukoscope-quantize", sys.argv[1:])
    request = read_request(out, data, audit_pictures, audit_seed, originals, outsiders, command)
    report, figures = evaluate_bundle(bundle, split, request, config, false_alarms or FALSE_ALARMS)
    for scores in figures:
        click.echo(scores)
    click.echo(f"report: {report}")
