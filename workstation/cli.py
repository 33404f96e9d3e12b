"""`leukoscope-lab`: gather the records of many microscopes in one place, and prove that they are all there."""

from pathlib import Path
from typing import Any

import click

from contract.failures import run_cli

SOURCE = click.option(
    "--from",
    "source",
    required=True,
    envvar="LEUKOSCOPE_LAB_FROM",
    show_envvar=True,
    metavar="SOURCE",
    help="A device's address (http://user:password@host:8080) or the path of its SQLite file.",
)
INTO = click.option(
    "--into",
    required=True,
    envvar="LEUKOSCOPE_LAB_INTO",
    show_envvar=True,
    metavar="URL",
    help="The lab's database: path of an SQLite file, or postgresql://user:password@host/database.",
)
FILES = click.option(
    "--files",
    required=True,
    envvar="LEUKOSCOPE_LAB_FILES",
    show_envvar=True,
    metavar="URL",
    help="Where captures go: a folder, or any fsspec URL (sftp://, s3://).",
)
BATCH_ROWS = click.option("--batch-rows", type=click.IntRange(1), help="Rows in one transaction.  [default: settings]")
CONFIG = click.option(
    "--config", type=click.Path(path_type=Path, dir_okay=False), help="Settings file laid over the defaults."
)


@click.group(name="leukoscope-lab")
def group() -> None:
    """Gather the records of Leukoscope devices in one database and one folder.

    For research use only. Not for use in diagnostic procedures.
    """


@group.command(
    "sync", epilog="Example: leukoscope-lab sync --from http://scope-1:8080 --into lab.sqlite --files captures"
)
@SOURCE
@INTO
@FILES
@BATCH_ROWS
@CONFIG
def sync_command(source: str, into: str, files: str, batch_rows: int | None, config: Path | None) -> None:
    """Bring what is new from a device into the lab.

    May be stopped at any moment and run as often as one likes: it goes on where it ended, and brings nothing twice.
    """
    from workstation.files import CaptureFiles
    from workstation.lab import Lab
    from workstation.opening import choose_source
    from workstation.sync import sync

    settings = _read_settings(config)
    place = CaptureFiles(files)
    with choose_source(source, settings.timeout_s) as opened, Lab(into) as lab:
        done = sync(opened, lab, place, batch_rows or settings.batch_rows)
    _say(
        f"{done.device_name}: {done.rows} rows and {done.files} files are new; the lab has records 1 to {done.last_seq}"
    )


@group.command("verify")
@SOURCE
@INTO
@FILES
@BATCH_ROWS
@CONFIG
def verify_command(source: str, into: str, files: str, batch_rows: int | None, config: Path | None) -> None:
    """Compare every row and hash every file again, at both ends; exit code 5 where they differ."""
    from workstation.files import CaptureFiles
    from workstation.lab import read_lab
    from workstation.opening import choose_source
    from workstation.verify import VerifyError, verify

    settings = _read_settings(config)
    with choose_source(source, settings.timeout_s) as opened, read_lab(into) as lab:
        verified = verify(opened, lab, CaptureFiles(files), batch_rows or settings.batch_rows)
    for difference in verified.differences:
        click.echo(f"{difference.what}: {difference.how}")
    if verified.differences:
        raise VerifyError(f"{verified.device_name}: {len(verified.differences)} differences (expected none)")
    _say(
        f"{verified.device_name}: {verified.rows} rows and {verified.files} files are the same at both ends; "
        f"{verified.waiting} newer records wait for the next sync"
    )


@group.command("status")
@INTO
def status_command(into: str) -> None:
    """Say what the lab has of each device, and since when."""
    from workstation.lab import read_lab
    from workstation.status import read_status

    with read_lab(into) as lab:
        for one in read_status(lab):
            click.echo(
                f"{one.name} ({one.device_id}): {one.slides} slides, {one.fields} fields, {one.cells} cells, "
                f"{one.captures} captures; record {one.last_seq} came {one.synced_at:%Y-%m-%d %H:%M:%S} UTC"
            )
    _say("")


def _read_settings(config: Path | None) -> Any:
    from contract.settings_files import load_settings

    return load_settings(config).lab


def _say(line: str) -> None:
    from contract.notice import RESEARCH_USE

    click.echo(f"{line}\n{RESEARCH_USE}".lstrip("\n"))


def main() -> None:
    """Run the command line."""
    run_cli(group)
