"""`leukoscope-quantize`: from a run to a bundle."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from contract.failures import run_cli
from contract.notice import RESEARCH_USE
from quantize.evaluate_command import evaluate_command
from quantize.run_commands import (
    PICTURES,
    compare_command,
    debug_command,
    describe_command,
    export_command,
    hush_tensorflow,
    tell_own_command,
)

if TYPE_CHECKING:
    from quantize.turns import Turn

_FOLDER = click.Path(path_type=Path, file_okay=False)
_FILE = click.Path(path_type=Path, dir_okay=False)


@click.group("leukoscope-quantize", epilog=RESEARCH_USE)
def quantize() -> None:
    """Turn a trained run into the int8 bundle a device runs, with proof that nothing was lost.

    \b
    The usual call
      leukoscope-quantize build runs/wbc5 --data prepared/wbc5 --name wbc5 --out bundles/wbc5

    \b
    When a gate of it fails, or one wants to know more
      leukoscope-quantize debug runs/wbc5 --data prepared/wbc5
      leukoscope-quantize compare runs/wbc5 --data prepared/wbc5
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
@click.option(
    "--turn",
    "turns",
    multiple=True,
    metavar="RUN=DATA",
    help="A run trained without some slides; confidence is fitted on what such runs say of them.",
)
@click.option(
    "--pictures",
    type=click.IntRange(0),
    default=PICTURES,
    show_default=True,
    help="Test pictures on which the card compares formats; 0: no table of formats, a minute saved.",
)
@click.option("--config", type=_FILE, help="Settings laid over the defaults.")
def build_command(
    run: Path,
    data: Path,
    name: str,
    out: Path | None,
    bundle_version: str,
    confidence_from: tuple[str, ...],
    turns: tuple[str, ...],
    pictures: int,
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
      parity.json    int8 against float, layers, formats, and every figure of the int8 file
      card.md        data, licences, figures, limits, intended use
    """  # noqa: D301 - \b is for click, which reads it as the character
    from contract.settings_files import load_settings

    settings = load_settings(config).quantize
    hush_tensorflow()
    from quantize.build import BuildRequest, build_bundle

    out = out or Path("bundles") / name
    sources, parted = frozenset(confidence_from), _read_turns(turns)
    request = BuildRequest(run, data, name, bundle_version, out, tell_own_command(), sources, pictures, parted)
    bundle, proof = build_bundle(request, settings)
    for scores in proof.evaluation.scores.values():
        click.echo(scores)
    for gate in proof.gates:
        click.echo(f"{gate.name}: {gate.found:.6g} (gate {gate.limit:.7g})")
    click.echo(f"bundle {bundle.bundle_id}: {bundle.folder}")


@quantize.command("card")
@click.argument("bundle", type=_FOLDER)
@click.option("--evaluation", type=_FOLDER, required=True, help="Folder written by `evaluate` of this very bundle.")
def card_command(bundle: Path, evaluation: Path) -> None:
    """Write what `evaluate` measured of the folder BUNDLE onto its card, and seal it again."""
    hush_tensorflow()
    from quantize.card_evaluation import add_evaluation

    click.echo(f"bundle {add_evaluation(bundle, evaluation).bundle_id}: {bundle / 'card.md'}")


def _read_turns(texts: tuple[str, ...]) -> "tuple[Turn, ...]":
    from quantize.turns import Turn

    parted = [text.partition("=") for text in texts]
    for text, (run, _, data) in zip(texts, parted, strict=True):
        if not (run and data):
            raise click.BadParameter(f"{text} (expected RUN=DATA)", param_hint="--turn")
    return tuple(Turn(Path(run), Path(data)) for run, _, data in parted)


for _command in (compare_command, debug_command, describe_command, export_command, evaluate_command):
    quantize.add_command(_command)


def main() -> None:
    """Run the command line; a refusal is one line and an exit code."""
    run_cli(quantize)
