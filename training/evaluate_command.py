"""`leukoscope-train evaluate`: the command line of measuring."""

import sys
from pathlib import Path

import click

from training.sample import SPLITS

_FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command("evaluate")
@click.argument("run", type=_FOLDER)
@click.option("--data", type=_FOLDER, required=True, help="Folder made by `prepare`, of the run's task and classes.")
@click.option("--split", type=click.Choice(SPLITS), default="test", show_default=True, help="Part of DATA to measure.")
@click.option(
    "--confidence-from",
    multiple=True,
    metavar="SOURCE",
    help="Fit confidence on this source only.  [default: photographs]",
)
@click.option("--config", type=click.Path(path_type=Path, dir_okay=False), help="Settings laid over the defaults.")
def evaluate_command(run: Path, data: Path, split: str, confidence_from: tuple[str, ...], config: Path | None) -> None:
    """Measure the network of the folder RUN on pictures it has not seen.

    Temperature, thresholds and conformal sets are fitted on the validation split, then every figure is taken on the
    split that was asked for, source by source, with 95 % bootstrap intervals over slides or blocks and with what the
    colour of the picture alone achieves beside it.

    \b
    RUN receives
      metrics.json   every figure, for programs
      report.html    the same with pictures, in one file, for people
      figures/       confusion, reliability, risk-coverage, worst mistakes, masks

    \b
    Example
      leukoscope-train evaluate runs/wbc5 --data prepared/wbc5
    """  # noqa: D301 - \b is for click, which reads it as the character
    from contract.settings import load_settings
    from training.confidence import Fitting
    from training.evaluate import evaluate_run
    from training.figure_set import draw_figures
    from training.report import tell_command, write_metrics, write_report

    fitting = Fitting(load_settings(config).quantize.named_accuracy, frozenset(confidence_from))
    evaluation, outputs_of = evaluate_run(run, data, split, fitting)
    made = {
        "command": tell_command("leukoscope-train", sys.argv[1:]),
        "run": run.name,
        "data": data.name,
        "outputs": "float network",
    }
    write_metrics(run, evaluation, made)
    figures = draw_figures(run / "figures", data, evaluation, outputs_of)
    report = write_report(run, evaluation, figures, made)
    for scores in evaluation.scores.values():
        click.echo(scores)
    click.echo(f"report: {report}")
