"""The command line of `leukoscope bundle`."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from contract.settings import DeviceSettings

# Click keeps the lines of a paragraph as they are where it begins with a backspace character.
EXAMPLES = """\b
leukoscope bundle list
leukoscope bundle install wbc5-2.zip        try it here, then make it the active one
leukoscope bundle rollback                  back to the one before
sudo leukoscope bundle list --data-dir /var/lib/leukoscope       those of the service
"""


def _add_place_options(command: Any) -> Any:
    path = click.Path(path_type=Path)
    options = (
        click.option("--data-dir", metavar="FOLDER", help="Whose bundles/ holds what is installed."),
        click.option("--threads", type=int, help="Threads of the self-test; 0: one for each core."),
        click.option("--config", metavar="FILE", type=path, help="Settings laid over the defaults."),
    )
    for option in reversed(options):
        command = option(command)
    return command


@click.group("bundle", epilog=EXAMPLES)
def bundle_commands() -> None:
    """Install, choose, check and take back the models of this device.

    One rule says which runs: the bundle that --bundle or the settings name; where they name none, the one that was
    activated last; where none ever was, the shipped one.
    """


@bundle_commands.command("list")
@_add_place_options
def show(config: Path | None, **options: Any) -> None:
    """Show every bundle, which one runs and why, and what a rollback goes to."""
    from device.bundles.listing import list_bundles

    device = _read_settings(config, options)
    click.echo("\n".join(list_bundles(device.bundle, Path(device.data_dir))))


@bundle_commands.command()
@click.argument("source", metavar="FOLDER_OR_ZIP", type=click.Path(path_type=Path))
@click.option("--no-use", is_flag=True, help="Install only; the active bundle stays.")
@_add_place_options
def install(source: Path, no_use: bool, config: Path | None, **options: Any) -> None:
    """Install a bundle, try it on this machine, and make it the active one.

    Whatever goes wrong, a cut of power too, the old one stays active. The last three installed are kept.
    """
    from device.bundles.install import install_bundle

    device = _read_settings(config, options)
    install_bundle(
        source,
        Path(device.data_dir),
        threads=device.threads,
        activate=not no_use,
        named=device.bundle,
        tell=click.echo,
    )
    _tell_named(device)


@bundle_commands.command()
@click.argument("name")
@_add_place_options
def use(name: str, config: Path | None, **options: Any) -> None:
    """Make a bundle of `list` the active one, if its self-test passes; NAME or enough of its beginning."""
    from device.bundles.switch import use_bundle

    device = _read_settings(config, options)
    use_bundle(name, Path(device.data_dir), threads=device.threads, tell=click.echo)
    _tell_named(device)


@bundle_commands.command()
@_add_place_options
def rollback(config: Path | None, **options: Any) -> None:
    """Go back to the bundle that was active before, if its self-test passes."""
    from device.bundles.switch import rollback as go_back

    device = _read_settings(config, options)
    go_back(Path(device.data_dir), threads=device.threads, tell=click.echo)
    _tell_named(device)


@bundle_commands.command()
@click.argument("name", required=False)
@_add_place_options
def verify(name: str | None, config: Path | None, **options: Any) -> None:
    """Hash every file again and replay the self-test of NAME, or of the bundle that runs; exit code 3 if it fails."""
    from contract.bundle import load_bundle
    from device.bundles.choice import choose_bundle
    from device.bundles.shelf import complete_name, locate
    from device.bundles.trial import try_out

    device = _read_settings(config, options)
    data_dir = Path(device.data_dir)
    folder = locate(complete_name(name, data_dir), data_dir) if name else choose_bundle(device.bundle, data_dir).folder
    assert folder is not None, "a completed name lies somewhere"
    bundle = load_bundle(folder)
    test = try_out(bundle, device.threads)
    click.echo(
        f"ok   {bundle.bundle_id}: {len(bundle.manifest.files) + 2} files unchanged, "
        f"self-test passed ({test.inputs} inputs, {test.whole.largest_step} steps off at most)"
    )


def _read_settings(config: Path | None, options: dict[str, Any]) -> "DeviceSettings":
    from contract.settings_files import load_settings
    from device.settings.options import lay_over

    return lay_over(load_settings(config), options).device


def _tell_named(device: "DeviceSettings") -> None:
    if device.bundle:
        click.echo(f"but the settings name {device.bundle}, which runs until device.bundle is empty", err=True)
