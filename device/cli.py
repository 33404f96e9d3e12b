"""The command line of the device: `leukoscope`."""

from pathlib import Path
from typing import Any

import click

from contract.failures import run_cli
from device.commands.bundle_commands import bundle_commands
from device.commands.calibrate_command import calibrate_command
from device.commands.cameras_command import cameras_command
from device.commands.drift_command import drift_command
from device.commands.optics_command import optics_commands
from device.commands.predict_command import predict_command

FILE = click.Path(path_type=Path)

# Click keeps the lines of a paragraph as they are where it begins with a backspace character.
CLI_EXAMPLES = """\b
Try it without a microscope:
    leukoscope run --camera simulated
Show images of your own, with the size of their pixels:
    leukoscope run --camera replay:FOLDER --um-per-px 0.15
Analyse images without camera and page:
    leukoscope predict FOLDER --um-per-px 0.15 --out cells.jsonl
Look whether this machine is ready:
    leukoscope check
"""
RUN_EXAMPLES = """\b
leukoscope run                                   the camera and bundle of the settings
leukoscope run --camera simulated:7 --port 8090  another smear, another port
leukoscope run --camera replay:fields/ --once    count a folder, then end
"""
CHECK_EXAMPLES = """\b
leukoscope check
leukoscope check --camera replay:fields/ --um-per-px 0.15
leukoscope check --camera picamera2              size, rate and exposure of a camera
"""
SIMULATE_EXAMPLES = """\b
leukoscope simulate drawn/ --fields 200 --seed 1
leukoscope run --camera replay:drawn/
"""
SIGN_IN_EXAMPLES = """\b
leukoscope password passwords --user anna                       the first user is an administrator
leukoscope password passwords --user ben --role technician
leukoscope password passwords --user ben --remove
sudo leukoscope password /var/lib/leukoscope/passwords --user anna      where the service may change it on the page
"""


def _add_settings_options(command: Any) -> Any:
    options = (
        click.option("--camera", metavar="NAME", help="picamera2, usb:0, replay:FOLDER, ...: see leukoscope cameras."),
        click.option("--bundle", metavar="NAME", help="Installed or shipped bundle, or a folder.  [default: active]"),
        click.option("--um-per-px", metavar="UM", type=float, help="Size of a camera pixel; 0: from red cells."),
        click.option("--fps", type=float, help="Pictures a second asked of the camera; 0: flat out."),
        click.option("--port", type=int, help="Port of the page; 0: any free one."),
        click.option("--host", help="Address of the page; beyond this machine a password file is needed."),
        click.option("--data-dir", metavar="FOLDER", help="Where database and captures lie."),
        click.option("--threads", type=int, help="Inference threads; 0: one for each core."),
        click.option("--operator", metavar="CODE", help="Who counts, written on new slides."),
        click.option("--name", help="How this microscope is called in the laboratory's records."),
        click.option("--config", metavar="FILE", type=FILE, help="Settings laid over the defaults."),
    )
    for option in reversed(options):
        command = option(command)
    return command


@click.group("leukoscope", epilog=CLI_EXAMPLES)
@click.version_option(package_name="leukoscope")
def cli() -> None:
    """Live pre-classification of white blood cells at the microscope.

    For research use only. Not for use in diagnostic procedures.

    Every option of `run` and `check` stands for a setting of the same name in leukoscope.toml, which holds the defaults
    with their units and reasons; a file of your own (--config) holds only what differs. Exit codes: 2 arguments or
    settings, 3 bundle, 4 camera or images, 5 disk, database or port.
    """


@cli.command(epilog=RUN_EXAMPLES)
@_add_settings_options
@click.option("--once", is_flag=True, help="Give each picture of a replay once, as fast as it is analysed, and end.")
@click.option("--patient", is_flag=True, help="Open the page though the live camera is not there yet, and wait for it.")
@click.option("--verbose", is_flag=True, help="Log every frame.")
def run(config: Path | None, once: bool, patient: bool, verbose: bool, **options: Any) -> None:
    """Run the live page until Ctrl-C or SIGTERM.

    Prints the page's address as soon as the first frame is ready. Every start opens a new slide.
    """
    import faulthandler

    from device.logs import set_up_logs
    from device.memory import reuse_pictures
    from device.settings.book import SettingsBook

    reuse_pictures()
    # A hang ends in SIGABRT from systemd's watchdog: the journal then tells where each thread stood.
    faulthandler.enable()
    book = SettingsBook(config, options)
    set_up_logs(verbose)
    settings = book.begin_trial()
    from device.daemon import run_daemon

    run_daemon(settings, once, book, patient)


@cli.command(epilog=CHECK_EXAMPLES)
@_add_settings_options
def check(config: Path | None, **options: Any) -> None:
    """Look whether this machine is ready: settings, bundle, speed, disk, port, camera.

    Writes one line for each and changes nothing. The exit code is that of the first thing that is not ready.
    """
    from device.check import check_device
    from device.settings.book import SettingsBook

    check_device(SettingsBook(config, options).begin())


@cli.command(epilog=SIMULATE_EXAMPLES)
@click.argument("out", metavar="FOLDER", type=FILE)
@click.option("--fields", type=click.IntRange(1), default=20, show_default=True, help="How many fields.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="The same seed, the same bytes.")
@click.option("--um-per-px", type=click.FloatRange(0, 2, min_open=True), default=0.15, show_default=True, help="Scale.")
@click.option("--height", type=click.IntRange(64, 4096), default=600, show_default=True, help="Pixels.")
@click.option("--width", type=click.IntRange(64, 4096), default=960, show_default=True, help="Pixels.")
def simulate(out: Path, fields: int, seed: int, um_per_px: float, height: int, width: int) -> None:
    """Draw fields of a simulated smear with known truth into FOLDER.

    Writes images, masks, instances and cells.csv with type and place of every white cell, for training and measuring.
    """
    from device.smear.export import export_fields

    export_fields(out, fields, seed, um_per_px, height, width)


@cli.command(epilog=SIGN_IN_EXAMPLES)
@click.argument("file", type=FILE)
@click.option("--user", prompt=True, help="Name to sign in with.")
@click.option("--role", type=click.Choice(["technician", "administrator"]), help="What they may do.")
@click.option("--remove", is_flag=True, help="Take the user out.")
@click.option("--password", help="Asked for where it is not given; given here it stands in the shell's history.")
def password(file: Path, user: str, role: Any, remove: bool, password: str | None) -> None:
    """Add a user of the page to FILE, give one another password or another role, or take one out.

    A page that is served beyond this machine needs such a file: settings device.page.password_file and host.
    Technicians count, review and sign; administrators also change settings, users, optics, calibration and bundles. The
    first user of a file is an administrator, others are technicians, unless --role says otherwise.
    """
    from device.page.passwords import remove_user, write_password

    if remove:
        remove_user(file, user)
        return
    write_password(file, user, password or click.prompt("Password", hide_input=True, confirmation_prompt=True), role)


cli.add_command(predict_command, "predict")
cli.add_command(bundle_commands, "bundle")
cli.add_command(calibrate_command, "calibrate")
cli.add_command(cameras_command, "cameras")
cli.add_command(drift_command, "drift")
cli.add_command(optics_commands, "optics")


def main() -> None:
    """Run the command line."""
    from device.logs import quieten_libraries

    quieten_libraries()
    run_cli(cli)
