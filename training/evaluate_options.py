"""The options that measuring a run and measuring a bundle share."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from contract.failures import Refusal

if TYPE_CHECKING:  # loads slow libraries, and --help shall be quick
    from training.evaluate_report import ReportRequest

Command = TypeVar("Command", bound=Callable[..., object])

DEFAULT_AUDIT_PICTURES = 120
DEFAULT_AUDIT_SEED = 7

REPORT_OPTIONS = (
    click.option(
        "--audit-pictures",
        type=click.IntRange(0),
        default=DEFAULT_AUDIT_PICTURES,
        show_default=True,
        help="Pictures of each source that the shortcut audit alters, evenly over classes; 0: no audit.",
    ),
    click.option(
        "--audit-seed",
        type=click.IntRange(0),
        default=DEFAULT_AUDIT_SEED,
        show_default=True,
        help="Chooses the pictures and draws every lamp and stain.",
    ),
    click.option(
        "--originals",
        multiple=True,
        metavar="SOURCE=FOLDER",
        help="The folder a source was prepared from: its originals are altered, not the prepared pictures.",
    ),
    click.option(
        "--outsiders",
        multiple=True,
        metavar="NAME=FOLDER@UM_PER_PX",
        help="Pictures of what the model does not know; the scale may stand in the folder's scale.json instead.",
    ),
    click.option(
        "--false-alarms",
        multiple=True,
        type=click.FloatRange(0, 1),
        help="Screening: share of benign fields that may raise a false alarm.  [default: 0.01 0.02 0.05 0.1 0.2]",
    ),
)


class OptionError(Refusal):
    """A folder on the command line is not named as asked; the message says how."""


def add_report_options(command: Command) -> Command:
    """Give a command the options of a report."""
    for option in reversed(REPORT_OPTIONS):
        command = option(command)
    return command


def read_request(
    out: Path,
    data: Path,
    audit_pictures: int,
    audit_seed: int,
    originals: tuple[str, ...],
    outsiders: tuple[str, ...],
    command: str,
) -> "ReportRequest":
    """Read what was asked of a report, and refuse what cannot be done before minutes are spent.

    Args:
        out: folder of the report.
        data: prepared folder.
        audit_pictures: of each source at most.
        audit_seed: of the audit.
        originals: SOURCE=FOLDER as given.
        outsiders: NAME=FOLDER@UM_PER_PX as given.
        command: as typed.

    Returns:
        The request.

    Raises:
        OptionError: a folder is not named as asked.
        SourceError: a folder is missing, holds no images, or nobody said its scale.
    """
    from training.evaluate_report import ReportRequest, check_request
    from training.outsiders import OutsiderFolder

    named = dict(_part(text, "--originals SOURCE=FOLDER") for text in originals)
    folders = []
    for text in outsiders:
        name, path = _part(text, "--outsiders NAME=FOLDER@UM_PER_PX")
        folder, scale = _take_scale(text, path)
        folders.append(OutsiderFolder(name, Path(folder), scale))
    request = ReportRequest(
        out, data, audit_pictures, audit_seed, {name: Path(path) for name, path in named.items()}, folders, command
    )
    check_request(request)
    return request


def _part(text: str, expected: str) -> tuple[str, str]:
    name, equals, path = text.partition("=")
    if not (name and equals and path):
        raise OptionError(f"{text!r} (expected {expected})")
    return name, path


def _take_scale(text: str, path: str) -> tuple[str, float | None]:
    folder, at, scale = path.rpartition("@")
    if not at:
        return path, None
    try:
        um_per_px = float(scale)
    except ValueError:
        um_per_px = 0.0
    if not 0 < um_per_px < 100:
        raise OptionError(f"{text!r}: scale {scale!r} (expected micrometres per pixel, more than 0 and less than 100)")
    return folder, um_per_px
