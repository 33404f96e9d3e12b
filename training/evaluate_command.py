"""`leukoscope-train evaluate`: the command line of measuring."""

import sys
from pathlib import Path

import click

from training.evaluate_options import add_report_options
from training.sample import SPLITS

_FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command("evaluate")
@click.argument("run", type=_FOLDER)
@click.option("--data", type=_FOLDER, required=True, help="Folder made by `prepare`, of the run's task and classes.")
@click.option("--out", type=_FOLDER, help="Folder of the report.  [default: RUN]")
@click.option("--split", type=click.Choice(SPLITS), default="test", show_default=True, help="Part of DATA to measure.")
@click.option(
    "--confidence-from",
    multiple=True,
    metavar="SOURCE",
    help="Fit confidence on this source only.  [default: photographs]",
)
@add_report_options
@click.option("--config", type=click.Path(path_type=Path, dir_okay=False), help="Settings laid over the defaults.")
def evaluate_command(
    run: Path,
    data: Path,
    out: Path | None,
    split: str,
    confidence_from: tuple[str, ...],
    audit_pictures: int,
    audit_seed: int,
    originals: tuple[str, ...],
    outsiders: tuple[str, ...],
    false_alarms: tuple[float, ...],
    config: Path | None,
) -> None:
    """Measure the network of the folder RUN on pictures it has not seen.

    Temperature, thresholds and conformal sets are fitted on the validation split, then every figure is taken on the
    split that was asked for, source by source, with 95 % bootstrap intervals over slides or blocks. The shortcut audit
    then takes the cells away, or everything else, and changes lamp, stain and focus; an interrupted audit goes on where
    it stopped.

    \b
    OUT receives
      metrics.json        every figure, for programs
      report.html         the same with pictures, in one file, for people
      figures/            the pictures by themselves
      audit.jsonl         answers to altered pictures, for going on
      evaluations.jsonl   when which split was looked at

    \b
    Example
      leukoscope-train evaluate runs/wbc5 --data prepared/wbc5 \\
        --outsiders histology=images/histology@0.25 --originals rpi_fields=images/rpi_fields
    """  # noqa: D301 - \b is for click, which reads it as the character
    from contract.settings_files import load_settings
    from training.confidence import Fitting
    from training.description import read_description
    from training.evaluate import evaluate_run
    from training.evaluate_options import read_request
    from training.evaluate_report import Subject, report_evaluation
    from training.operating import FALSE_ALARMS
    from training.report import tell_command
    from training.run_facts import describe_run, hash_weights
    from training.runs import read_record

    command = tell_command("leukoscope-train", sys.argv[1:])
    request = read_request(out or run, data, audit_pictures, audit_seed, originals, outsiders, command)
    fitting = Fitting(load_settings(config).quantize.named_accuracy, frozenset(confidence_from))
    evaluation, outputs_of = evaluate_run(run, data, split, fitting, false_alarms or FALSE_ALARMS)
    facts = describe_run(run, read_record(run), read_description(data))
    subject = Subject(run.name, hash_weights(run), "float network", facts, outputs_of)
    report = report_evaluation(evaluation, subject, request)
    for scores in evaluation.scores.values():
        click.echo(scores)
    click.echo(f"report: {report}")
