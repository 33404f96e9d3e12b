"""The command line of `leukoscope calibrate`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from contract.bundle import Bundle
    from contract.settings import DeviceSettings
    from device.calibration.calibrating import Gather, Outcome

PATH = click.Path(path_type=Path)

# Click keeps the lines of a paragraph as they are where it begins with a backspace character.
EXAMPLES = """\b
leukoscope calibrate --from-reviews --dry-run
leukoscope calibrate --from-reviews
leukoscope calibrate labelled/ --um-per-px 0.15 --name "scope 3"
leukoscope bundle rollback                       back to the bundle before
"""


@click.command("calibrate", epilog=EXAMPLES)
@click.argument("folder", metavar="[FOLDER]", type=PATH, required=False)
@click.option(
    "--from-reviews", is_flag=True, help="Learn from what technicians confirmed and corrected on this device."
)
@click.option("--operator", "operators", metavar="CODE", multiple=True, help="Whose reviews count; may be repeated.")
@click.option("--um-per-px", metavar="UM", type=click.FloatRange(0, 100, min_open=True), help="Pixel size in FOLDER.")
@click.option("--name", help="How this microscope is called.  [default: from the settings, or the host's name]")
@click.option("--bundle", metavar="NAME", help="Bundle to calibrate.  [default: the one that runs]")
@click.option("--data-dir", metavar="DIR", help="Records, captures and installed bundles.")
@click.option("--threads", type=click.IntRange(0, 64), help="Inference threads; 0: one for each core.")
@click.option("--rehearse", metavar="N", type=click.IntRange(2, 100), help="Also tell what N cells a class would give.")
@click.option("--draws", type=click.IntRange(2, 1000), default=30, show_default=True, help="Draws of --rehearse.")
@click.option("--dry-run", is_flag=True, help="Fit and compare, but change nothing.")
@click.option("--config", metavar="FILE", type=PATH, help="Settings laid over the defaults.")
def calibrate_command(
    folder: Path | None,
    from_reviews: bool,
    operators: tuple[str, ...],
    um_per_px: float | None,
    rehearse: int | None,
    draws: int,
    dry_run: bool,
    config: Path | None,
    **options: str | int | None,
) -> None:
    """Fit names and confidence to this microscope, from cells that people have named here.

    5 to 100 cells of each class, from the reviews of this device, or from a FOLDER of pictures with boxes.csv (image,
    label, x, y, width, height; slide and cell where they are known). Takes seconds and needs no TensorFlow. The
    network stays as it is; a small head, temperature, threshold and candidates are fitted anew, compared with the
    bundle in use on cells held out, and become a bundle of their own only if they are surely better: the paired 95 %
    interval of the log loss lies below 0, or a promise that is broken here (cells that are named are right, candidates
    hold the truth) is kept more often, and neither loss nor naming is surely worse. A tie changes nothing. The new
    bundle runs from the next start; `leukoscope bundle rollback` goes back.

    For research use only. Not for use in diagnostic procedures.
    """
    import socket

    from contract.bundle import load_bundle
    from contract.settings_files import load_settings
    from device.bundles.choice import choose_bundle
    from device.calibration.calibrating import Rehearsal, run_calibration
    from device.settings.options import lay_over

    if from_reviews == (folder is not None):
        raise click.UsageError("give either FOLDER or --from-reviews")
    settings = lay_over(load_settings(config), options).device
    bundle = load_bundle(choose_bundle(settings.bundle, Path(settings.data_dir)).folder)
    gather = _gather_reviews(settings, operators) if folder is None else _gather_folder(settings, folder, um_per_px)
    microscope = settings.name or socket.gethostname()
    outcome = run_calibration(
        bundle,
        gather,
        settings,
        microscope,
        dry_run=dry_run,
        tell=lambda line: click.echo(line, err=True),
        rehearsal=Rehearsal(rehearse, draws) if rehearse else None,
    )
    _show(outcome, dry_run)
    for figure, (mean, spread) in outcome.rehearsed.items():
        click.echo(f"with {rehearse} cells a class, {draws} draws: {figure} {mean:.3f} +- {spread:.3f}")
    _warn_where_named(settings, bundle)


def _gather_folder(settings: "DeviceSettings", folder: Path, um_per_px: float | None) -> "Gather":
    from device.calibration.gathered import gather_folder

    scale = um_per_px or settings.um_per_px
    if not scale:
        raise click.UsageError("--um-per-px is missing: the size of a pixel of the pictures in FOLDER")
    most = settings.calibration.max_cells_per_class
    return lambda classifier, network: gather_folder(folder, scale, classifier, network, settings.quality, most)


def _gather_reviews(settings: "DeviceSettings", operators: tuple[str, ...]) -> "Gather":
    from contract.database import open_reader
    from device.calibration.gathered import gather_reviews
    from device.keeping.store import DATABASE_NAME

    root, most = Path(settings.data_dir), settings.calibration.max_cells_per_class
    readers = open_reader(root / DATABASE_NAME)
    return lambda classifier, network: gather_reviews(
        readers, root, classifier, network, settings.quality, most, operators
    )


def _show(outcome: "Outcome", dry_run: bool) -> None:
    from device.calibration.site_card import tabulate_figures

    calibration = outcome.calibration
    click.echo(
        f"on {calibration.scored} cells, held out by {calibration.divided_by}; 95 % intervals, paired difference"
    )
    rows = [("", "before", "after", "after less before"), *tabulate_figures(calibration)]
    widths = [max(len(row[at]) for row in rows) for at in range(4)]
    for row in rows:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    if not calibration.gains:
        click.echo(f"not better: {outcome.before.bundle_id} stays")
    else:
        click.echo(f"better: {'; '.join(calibration.gains)}")
        if outcome.installed is not None:
            click.echo(f"{outcome.installed.bundle_id} runs from the next start; back: leukoscope bundle rollback")
        elif dry_run:
            click.echo(f"nothing was changed (--dry-run): {outcome.before.bundle_id} stays")


def _warn_where_named(settings: "DeviceSettings", bundle: "Bundle") -> None:
    if settings.bundle:
        click.echo(f"the settings or --bundle name {settings.bundle}, which runs whatever is active", err=True)
