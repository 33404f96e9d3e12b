"""`leukoscope password`: who may sign in when the page is on a network."""

from pathlib import Path

import click


@click.command("password")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--user", default="technician", show_default=True, help="Name to sign in with.")
def password(file: Path, user: str) -> None:
    """Write a user's password, hashed, to FILE.

    Name FILE in the settings as device.page.password_file; the page asks for a password wherever it is named, and is
    served beyond this machine only with one. Run it again for another user or another password.
    """
    from device.page.passwords import write_password

    given = click.prompt("Password", hide_input=True, confirmation_prompt="Once more")
    write_password(file, user, given)
    click.echo(f"{file}: {user} can sign in")
