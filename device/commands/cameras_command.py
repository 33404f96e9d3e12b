"""`leukoscope cameras`: which cameras there are."""

import click

EXAMPLES = """\b
leukoscope cameras                         what there is, and the words that open it
leukoscope check --camera picamera2:0      open one: size, rate, exposure, and what is wrong with them
"""


@click.command(epilog=EXAMPLES)
def cameras_command() -> None:
    """List the cameras of this machine, each in the words to give to --camera.

    Opens none. A kind of camera that is missing is listed with the reason.
    """
    from device.cameras.listing import list_cameras

    for listed in list_cameras():
        print(f"{'ok' if listed.usable else 'NO':<4}{listed.spec:<28}{listed.words}", flush=True)
