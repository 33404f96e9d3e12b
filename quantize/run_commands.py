"""`leukoscope-quantize compare`, `debug`, `export`, `describe`: what else one may want to know or make of a run."""

import os
import sys
from pathlib import Path

import click

_FOLDER = click.Path(path_type=Path, file_okay=False)
_FILE = click.Path(path_type=Path, dir_okay=False)

PICTURES = 200
"""Test pictures on which formats are compared: enough for differences of a few points, seconds for each format."""


@click.command("compare")
@click.argument("run", type=_FOLDER)
@click.option("--data", type=_FOLDER, required=True, help="Folder made by `leukoscope-train prepare` for the run.")
@click.option("--out", type=_FOLDER, help="Folder of compare.json and compare.md.  [default: RUN]")
@click.option(
    "--pictures", type=click.IntRange(1), default=PICTURES, show_default=True, help="Test pictures, evenly spread."
)
@click.option("--config", type=_FILE, help="Settings laid over the defaults.")
def compare_command(run: Path, data: Path, out: Path | None, pictures: int, config: Path | None) -> None:
    """Compare float32, float16, dynamic range and full int8 of the folder RUN.

    One table: size, time of a pass at 1, 2 and 4 threads, resident memory, macro accuracy, mean IoU, agreement with
    float32. It is printed, and written as compare.md and compare.json.
    """
    from contract.settings_files import load_settings

    settings = load_settings(config).quantize
    hush_tensorflow()
    from quantize.compare_run import compare_run, write_comparison

    made = {"command": tell_own_command(), "run": run.name, "data": data.name}
    click.echo(write_comparison(out or run, compare_run(run, data, settings, pictures), made))


@click.command("debug")
@click.argument("run", type=_FOLDER)
@click.option("--data", type=_FOLDER, required=True, help="Folder made by `leukoscope-train prepare` for the run.")
@click.option("--out", type=_FOLDER, help="Folder of layers.html and layers.json.  [default: RUN]")
@click.option("--config", type=_FILE, help="Settings laid over the defaults.")
def debug_command(run: Path, data: Path, out: Path | None, config: Path | None) -> None:
    """Show which layer of the folder RUN loses what when it becomes int8.

    Float and int8 file run the same training pictures in the device's runtime; every tensor is compared. The page has
    a plot along the network and a table, worst layer first.
    """
    from contract.settings_files import load_settings

    settings = load_settings(config).quantize
    hush_tensorflow()
    from quantize.layers_report import debug_run

    worst = debug_run(run, data, out or run, settings, tell_own_command())
    click.echo(f"costliest layer: {worst.name}, adds {100 * worst.added:.2f} % noise, leaves {worst.sqnr_db:.1f} dB")
    click.echo(f"page: {(out or run) / 'layers.html'}")


@click.command("export")
@click.argument("run", type=_FOLDER)
@click.option("--out", type=_FOLDER, required=True, help="Folder of the model on the server; gets a new version.")
def export_command(run: Path, out: Path) -> None:
    """Export the float network of the folder RUN for TensorFlow Serving.

    Signatures: `serving_default` takes windows of the device's size, `fields` whole fields of any size that is a
    multiple of 16. Both take a batch of uint8 RGB at the run's working scale and give the heads by name.

    \b
    Example
      leukoscope-quantize export runs/wbc5 --out served/wbc5
      docker run -p 8501:8501 -v "$PWD/served/wbc5:/models/wbc5" -e MODEL_NAME=wbc5 tensorflow/serving
    """  # noqa: D301 - \b is for click, which reads it as the character
    hush_tensorflow()
    from quantize.export import export_run

    click.echo(f"exported: {export_run(run, out)}")


@click.command("describe")
@click.argument("bundle", type=_FOLDER)
@click.option("--data", type=_FOLDER, required=True, help="Prepared folder the bundle was trained on.")
@click.option("--version", required=True, help="Version of the described bundle.")
@click.option("--out", type=_FOLDER, help="Folder of the described bundle.  [default: BUNDLE]")
def describe_command(bundle: Path, data: Path, version: str, out: Path | None) -> None:
    """Write into the folder BUNDLE how its training pictures are stained, as its next version.

    `build` does this by itself; bundles from before it do not know their stain, and the device says so. Network,
    self-test and figures stay.
    """
    hush_tensorflow()
    from quantize.describe import describe_bundle_stain

    made = describe_bundle_stain(bundle, data, version, out or bundle, tell_own_command())
    click.echo(f"bundle {made.bundle_id}: {made.folder}")


def hush_tensorflow() -> None:
    """Keep TensorFlow's notes about instruction sets from the terminal; it reads this when it is loaded."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")


def tell_own_command() -> str:
    """Say how this program was called, for what it leaves behind."""
    from training.report import tell_command

    return tell_command("leukoscope-quantize", sys.argv[1:])
