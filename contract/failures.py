"""How a program says no: one line that names what, value and what was expected, and an exit code that tells where."""

import sys

import click


class Refusal(Exception):
    """Bad input, found before any harm is done; the message is the one line a person reads.

    Each module derives its own class, whose docstring says when it is raised and what to do. The exit codes:
    2 arguments or settings, 3 bundle or model, 4 what is read (camera, image, data folder, record source),
    5 the machine (disk, database, port, destination). Anything unforeseen is a traceback and exit code 1.
    """

    exit_code = 2


def run_cli(group: click.Command) -> None:
    """Run a command line; a refusal becomes one line on standard error and its exit code.

    Args:
        group: the click command or group of one of the project's programs.
    """
    try:
        group.main(standalone_mode=False)
    except Refusal as refusal:
        print(f"{group.name}: {refusal}", file=sys.stderr)
        sys.exit(refusal.exit_code)
    except click.Abort:
        print(f"{group.name}: interrupted", file=sys.stderr)
        sys.exit(130)
    except click.ClickException as wrong:
        wrong.show()
        sys.exit(wrong.exit_code)
    except click.exceptions.Exit as end:
        sys.exit(end.exit_code)
