"""The command line of `leukoscope drift`."""

from pathlib import Path

import click

EXAMPLES = """\b
leukoscope drift                            the last 14 days of the camera that was used last
leukoscope drift --days 90 --out drift.csv  the same numbers for a spreadsheet
leukoscope drift --days 90 --out drift.png  and as a picture
"""

_FILE = click.Path(path_type=Path)


@click.command("drift", epilog=EXAMPLES)
@click.option("--days", type=click.IntRange(1, 3660), default=14, show_default=True, help="How far back.")
@click.option("--camera", metavar="NAME", help="As slides name it.  [default: that of the newest slide]")
@click.option("--out", metavar="FILE", type=_FILE, help="Also write it: .csv or .png.")
@click.option("--data-dir", metavar="FOLDER", help="Where the database lies.")
@click.option("--config", metavar="FILE", type=_FILE, help="Settings laid over the defaults.")
def drift_command(days: int, camera: str | None, out: Path | None, data_dir: str | None, config: Path | None) -> None:
    """Show how lamp, colour, focus, cover and stain changed, and whether the lamp has drifted.

    One line for each hour (up to 10 days) or day in which fields were recorded: medians, the number of fields they are
    of, and where the optics were calibrated. Reads only; the program may be running.

    For research use only. Not for use in diagnostic procedures.
    """
    from contract.database import open_reader
    from contract.moments import now
    from contract.settings_files import load_settings
    from device.drift.looks import find_last_camera
    from device.drift.summary import read_drift
    from device.drift.table import DriftError, tabulate_drift, write_drift
    from device.drift.warning import describe_change, measure_change
    from device.keeping.store import DATABASE_NAME

    device = load_settings(config).device
    engine = open_reader(Path(data_dir or device.data_dir) / DATABASE_NAME)
    try:
        camera = camera or find_last_camera(engine)
        if camera is None:
            raise DriftError(f"{engine.url.database}: no slide in it (expected recorded fields)")
        drift, change = read_drift(engine, camera, days, now()), measure_change(engine, camera, now())
    finally:
        engine.dispose()
    click.echo("\n".join(tabulate_drift(drift)))
    for warning in describe_change(change, device.drift) if change else ():
        click.echo(f"WARNING {warning}")
    if out is not None:
        write_drift(drift, device.quality, out)
        click.echo(f"written: {out}", err=True)
