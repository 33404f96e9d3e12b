"""Prove on N changed pictures that no upload harms the device: ``make test-uploads``."""

import os
import sys
import tempfile

import click

from tests.uploads.page import open_page
from tests.uploads.running import run


@click.command()
@click.option("--count", default=10_000, show_default=True, help="How many files.")
@click.option("--seed", default=1, show_default=True, help="Of the changes.")
def main(count: int, seed: int) -> None:
    """Send changed JPEG, PNG, TIFF and BMP files to the upload page."""
    # The libraries tell what they think of each broken file; a folder of our own shows what they leave lying.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())
    with tempfile.TemporaryDirectory() as folder:
        tempfile.tempdir = os.environ["TMPDIR"] = folder
        with open_page() as send:
            outcomes, slowest_s, grown_mb = run(count, seed, send)
        tempfile.tempdir = None
    for outcome in sorted(outcomes):
        click.echo(f"{outcomes[outcome]:6} {outcome}")
    click.echo(
        f"{count} files: no crash, nothing left behind; slowest {slowest_s:.2f} s, {grown_mb:.0f} MB more memory"
    )


main()
