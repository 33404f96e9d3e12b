"""`leukoscope-quantize`: from a run to a bundle."""

import os
import sys
from pathlib import Path

import click

from contract.failures import run_cli
from contract.notice import RESEARCH_USE

_FOLDER = click.Path(path_type=Path, file_okay=False)


@click.group("leukoscope-quantize", epilog=RESEARCH_USE)
def quantize() -> None:
    """Turn a trained run into the int8 bundle a device runs, with proof that nothing was lost.

    \b
    The usual call
      leukoscope-quantize build runs/wbc5 --data prepared/wbc5 --name wbc5 --out bundles/wbc5
    """  # noqa: D301 - \b is for click, which reads it as the character


@quantize.command("build")
@click.argument("run", type=_FOLDER)
@click.option("--data", type=_FOLDER, required=True, help="Folder made by `leukoscope-train prepare` for the run.")
@click.option("--name", required=True, help="Name of the bundle: lower-case letters, digits, - and _.")
@click.option("--out", type=_FOLDER, help="Folder of the bundle.  [default: bundles/NAME]")
@click.option("--version", "bundle_version", default="1", show_default=True, help="Version of the bundle.")
@click.option(
    "--confidence-from",
    multiple=True,
    metavar="SOURCE",
    help="Fit confidence on this source only.  [default: photographs]",
)
@click.option("--config", type=click.Path(path_type=Path, dir_okay=False), help="Settings laid over the defaults.")
def build_command(
    run: Path,
    data: Path,
    name: str,
    out: Path | None,
    bundle_version: str,
    confidence_from: tuple[str, ...],
    config: Path | None,
) -> None:
    """Build a bundle from the folder RUN, or leave nothing and say why.

    Scales are set on pictures of the training split; temperature, thresholds and conformal sets are fitted on the int8
    outputs of the validation split; float network and int8 file are compared on the test split, both read by the
    device's own code. The gates of that comparison stand in leukoscope.toml under quantize.gates; a broken one ends
    with exit code 3 and no bundle.

    \b
    The bundle
      model.tflite   full int8, uint8 RGB in, int8 heads out by name
      model.json     every fact about the model and the sha256 of every other file
      selftest.npz   drawn examples with the answers they must give
      parity.json    int8 against float, and every figure of the int8 file
      card.md        data, licences, figures, limits, intended use
    """  # noqa: D301 - \b is for click, which reads it as the character
    from contract.settings import load_settings

    settings = load_settings(config).quantize
    # TensorFlow reads this when it is loaded: its notes about instruction sets are no news to anybody here.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    from quantize.build import BuildRequest, build_bundle
    from training.report import tell_command

    command = tell_command("leukoscope-quantize", sys.argv[1:])
    request = BuildRequest(
        run, data, name, bundle_version, out or Path("bundles") / name, command, frozenset(confidence_from)
    )
    built = build_bundle(request, settings)
    for scores in built.evaluation.scores.values():
        click.echo(scores)
    for gate in built.gates:
        click.echo(f"{gate.name}: {gate.found:.5g} (gate {gate.limit:.7g})")
    files = built.parity.files
    click.echo(f"size {files.bytes_ratio:.3f} and time {files.ms_ratio:.2f} of the float file at 1 thread")
    click.echo(f"bundle {built.bundle.bundle_id}: {built.bundle.folder}")


def main() -> None:
    """Run the command line; a refusal is one line and an exit code."""
    run_cli(quantize)
