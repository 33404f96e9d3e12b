"""The command line of `leukoscope optics`: measuring lamp, lens and sensor, and what was measured."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from contract.settings import Settings
    from device.optics.scene import Task

PATH = click.Path(path_type=Path)

# Click keeps the lines of a paragraph as they are where it begins with a backspace character.
EXAMPLES = """\b
leukoscope optics flat                            an empty place of the slide lies under the lens
leukoscope optics flat --estimate                 move over a smear instead
leukoscope optics flat --estimate --from fields/  from saved raw pictures of this camera
leukoscope optics dark                            with the lamp off
leukoscope optics scale --division 10             a stage micrometer lies under the lens
leukoscope optics scale --red-cells
leukoscope optics list
"""


def _add_options(command: Any) -> Any:
    options = (
        click.option("--from", "folder", metavar="FOLDER", type=PATH, help="Saved raw pictures instead of the camera."),
        click.option("--pictures", type=click.IntRange(1, 1000), help="Pictures, or different fields, to take."),
        click.option("--picture", "drawn", metavar="FILE.png", type=PATH, help="Write before and after here too."),
        click.option("--dry-run", is_flag=True, help="Measure and tell, but keep nothing."),
        click.option("--camera", metavar="NAME", help="Camera that is measured.  [default: from the settings]"),
        click.option("--um-per-px", metavar="UM", type=float, help="Size of a pixel; 0: from red cells."),
        click.option("--data-dir", metavar="FOLDER", help="Where measurements are kept."),
        click.option("--config", metavar="FILE", type=PATH, help="Settings laid over the defaults."),
    )
    for option in reversed(options):
        command = option(command)
    return command


@click.group("optics", epilog=EXAMPLES)
def optics_commands() -> None:
    """Measure lamp, lens and sensor, so that pictures are even, neutral and to scale.

    What is measured holds for one camera, from the next start of `leukoscope run` (the page's window "Optics" measures
    while it runs). Pictures are corrected for the eye, the network and the annotated file; raw ones are kept raw.
    """


@optics_commands.command()
@_add_options
@click.option("--estimate", is_flag=True, help="From fields with cells: 12 or more different ones.")
def flat(estimate: bool, **options: Any) -> None:
    """Measure shading and white balance on an empty field.

    Bring a place without cells into view, in focus, with lamp and exposure as they will be used. With --estimate fields
    with cells do: what all of them have in common is shading.
    """
    _measure("seen" if estimate else "flat", options)


@optics_commands.command()
@_add_options
def white(**options: Any) -> None:
    """Measure white balance alone, on the brightest plasma in view."""
    _measure("white", options)


@optics_commands.command()
@_add_options
def dark(**options: Any) -> None:
    """Measure what the sensor gives without light: switch the lamp off, or close the light path."""
    _measure("dark", options)


@optics_commands.command()
@_add_options
@click.option("--division", type=click.FloatRange(0, 10_000, min_open=True), help="um between lines.  [default: 10]")
@click.option("--red-cells", is_flag=True, help="From red cells (7.2 um) instead of a stage micrometer.")
def scale(division: float | None, red_cells: bool, **options: Any) -> None:
    """Measure how large a pixel is, on a stage micrometer or on red cells.

    The micrometer's lines may run in any direction. Measured again here, the scale goes before `um_per_px` of the
    settings, but not before what a picture says of itself.
    """
    if red_cells and division is not None:
        raise click.UsageError("give either --division or --red-cells")
    _measure("red_cells" if red_cells else "micrometer", options, division)


@optics_commands.command("list")
@click.option("--data-dir", metavar="FOLDER", help="Where measurements are kept.")
@click.option("--config", metavar="FILE", type=PATH, help="Settings laid over the defaults.")
def list_measured(data_dir: str | None, config: Path | None) -> None:
    """List what was measured, newest last; a star marks what holds."""
    from device.optics.kept import find_in_force, read_shelf

    folder = Path(_read_settings(config, data_dir=data_dir).device.data_dir)
    shelf = read_shelf(folder)
    if not shelf:
        click.echo(f"nothing was measured ({folder})")
    for kept in shelf:
        facts = kept.facts
        holds = "*" if find_in_force(folder, facts.camera)[facts.kind].name == kept.name else " "
        click.echo(f"{holds} {kept.name}  {facts.measured_at:%Y-%m-%d %H:%M}Z  {facts.how:16}  {facts.camera}")


@optics_commands.command()
@click.argument("name")
@click.option("--data-dir", metavar="FOLDER", help="Where measurements are kept.")
@click.option("--config", metavar="FILE", type=PATH, help="Settings laid over the defaults.")
def show(name: str, data_dir: str | None, config: Path | None) -> None:
    """Tell all of one measurement, and where its picture lies."""
    from device.optics.kept import PICTURE, ShelfError, read_shelf

    shelf = {kept.name: kept for kept in read_shelf(Path(_read_settings(config, data_dir=data_dir).device.data_dir))}
    if name not in shelf:
        raise ShelfError(f"{name}: no such measurement (expected one of: {', '.join(shelf) or 'none is stored'})")
    kept = shelf[name]
    facts = kept.facts
    click.echo(f"{facts.kind} by {facts.how}, {facts.measured_at:%Y-%m-%d %H:%M}Z, {facts.camera}")
    click.echo(f"{facts.frames} pictures of {facts.width} x {facts.height}, Leukoscope {facts.made_with}")
    for line in facts.words:
        click.echo(line)
    kept.read_picture()
    click.echo(kept.folder / PICTURE)


@optics_commands.command()
@click.argument("name")
@click.option("--data-dir", metavar="FOLDER", help="Where measurements are kept.")
@click.option("--config", metavar="FILE", type=PATH, help="Settings laid over the defaults.")
def remove(name: str, data_dir: str | None, config: Path | None) -> None:
    """Take a measurement out of force; the one before it, if there is one, holds again."""
    from device.optics.books import take_out
    from device.optics.sitting import open_books

    settings = _read_settings(config, data_dir=data_dir)
    with open_books(settings.device) as store:
        take_out(Path(settings.device.data_dir), name, store)
    click.echo(f"{name}: removed; it lies in {Path(settings.device.data_dir) / 'optics' / 'removed'}")


def _measure(task: "Task", options: dict[str, Any], division: float | None = None) -> None:
    from device.optics.sitting import Wish, sit

    told = {name: options.pop(name) for name in ("folder", "pictures", "drawn", "dry_run")}
    settings = _read_settings(options.pop("config"), **options)
    for line in sit(settings, Wish(task=task, division_um=division, **told)):
        click.echo(line)


def _read_settings(config: Path | None, **options: Any) -> "Settings":
    from contract.settings_files import load_settings
    from device.settings.options import lay_over

    return lay_over(load_settings(config), options)
