"""`leukoscope-train prepare`: the command line of preparing data."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from contract.failures import Refusal
from training.sample import SPLITS

if TYPE_CHECKING:  # both load slow libraries, and --help shall be quick
    from training.description import Description
    from training.sources.request import SourceRequest, SplitBy, Task

WORKING_UM_PER_PX = {"differential": 0.25, "screening": 0.45}
"""Working scales: lobes and granules of single cells need 0.25; whole fields of the screening set have no more than
0.45 to give."""


class CommandError(Refusal):
    """The sources on the command line cannot be told apart; name them with NAME=FOLDER."""


@click.command("prepare")
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder to make.")
@click.option(
    "--task",
    type=click.Choice(["differential", "screening"]),
    default="differential",
    show_default=True,
    help="Name cells, or name fields.",
)
@click.option(
    "--um-per-px",
    type=click.FloatRange(0, 100, True, True),
    help='Scale of folders of your own; one with a scale.json ({"um_per_px": 0.15}) says its own.',
)
@click.option(
    "--working-um-per-px",
    type=click.FloatRange(0, 100, True, True),
    help="Scale of the prepared pictures.  [default: 0.25 for a differential, 0.45 for screening]",
)
@click.option(
    "--split-by",
    type=click.Choice(["blocks", "subfolder", "prefix", "column"]),
    help="What is a slide in folders of your own: a subfolder, the file name before its number, or the column slide of "
    "labels.csv; otherwise blocks of consecutive names are kept together.",
)
@click.option(
    "--framing",
    type=click.Choice(["crop", "field"]),
    help="What one picture of a folder of classes shows: one cell, or a field.",
)
@click.option("--hold-out", multiple=True, metavar="SOURCE:GROUP,...", help="Slides to test on; SOURCE:all for all.")
@click.option("--validate", multiple=True, metavar="SOURCE:GROUP,...", help="Slides that decide while fitting.")
@click.option(
    "--train", multiple=True, metavar="SOURCE:GROUP,...", help="Slides to learn from; SOURCE:all: all others."
)
@click.option(
    "--teacher",
    type=click.Path(path_type=Path, file_okay=False),
    help="A run whose masks replace those guessed from colour.",
)
@click.option("--replace", is_flag=True, help="Replace an earlier folder of the same name.")
def prepare_command(
    sources: tuple[str, ...],
    out: Path,
    task: "Task",
    um_per_px: float | None,
    working_um_per_px: float | None,
    split_by: "SplitBy | None",
    framing: str | None,
    hold_out: tuple[str, ...],
    validate: tuple[str, ...],
    train: tuple[str, ...],
    teacher: Path | None,
    replace: bool,
) -> None:
    """Prepare folders of images for training: TFRecords of pictures as the device sees them, with targets.

    SOURCE is a folder, or NAME=FOLDER to call it NAME. These kinds are recognised:

    \b
      images/ with boxes.csv        fields with boxes (image,slide,label,x,y,width,height,cell)
      images/ and masks/            masks 0 background, 1 cytoplasm, 2 nucleus, 255 unknown;
                                    labels.csv (image,label[,slide]) where cell types are known
      CLASS/image, CLASS/SLIDE/...  a folder for each class, also below train/, val/, test/
      simulated fields              as leukoscope writes them
      rpi_fields, pbc_cells, bccd_fields, zheng_cells, all4_fields   by name, with scale

    Pictures of one slide, or of one block of consecutive names, are never divided between training, validation and
    test. What goes where stands in OUT/dataset.json.
    """  # noqa: D301 - \b is for click, which reads it as the character
    requests = _read_requests(sources, task, um_per_px, split_by, framing)  # refuses before anything slow is loaded
    from training.prepare import Plan, prepare_data
    from training.split import parse_groups
    from training.teacher import RunTeacher

    scale = working_um_per_px or WORKING_UM_PER_PX[task]
    plan = Plan(
        requests=requests,
        out=out,
        um_per_px=scale,
        task=task,
        hold_out=parse_groups(hold_out),
        validate=parse_groups(validate),
        train=parse_groups(train),
        teacher=RunTeacher(teacher, scale) if teacher else None,
        teacher_name=teacher.name if teacher else None,
        replace=replace,
        command=_repeat_command(click.get_current_context()),
    )
    _print_summary(prepare_data(plan))


def _read_requests(
    sources: tuple[str, ...],
    task: "Task",
    um_per_px: float | None,
    split_by: "SplitBy | None",
    framing: str | None,
) -> tuple["SourceRequest", ...]:
    from training.sample import Framing
    from training.sources.request import SourceRequest, require_folder

    requests: dict[str, SourceRequest] = {}
    for text in sources:
        name, equals, path = text.partition("=")
        folder = Path(path if equals else text)
        name = name if equals else folder.resolve().name
        if name in requests:
            raise CommandError(f"{text}: a second source called {name} (expected another name: NAME={folder})")
        requests[name] = SourceRequest(
            name, require_folder(folder), task, um_per_px, split_by, Framing(framing) if framing is not None else None
        )
    return tuple(requests.values())


def _repeat_command(context: click.Context) -> str:
    """Write the command with its options as it could be typed again."""
    words = ["leukoscope-train", "prepare", *context.params["sources"]]
    for option in context.command.params:
        value = context.params.get(option.name or "")
        if isinstance(option, click.Option) and value not in (None, False, ()):
            for each in value if isinstance(value, tuple) else (value,):
                words += [option.opts[0]] if option.is_flag else [option.opts[0], str(each)]
    return shlex.join(words)


def _print_summary(description: "Description") -> None:
    click.echo(f"classes: {', '.join(description.classes)}; working scale {description.um_per_px} um/px")
    for source in description.sources:
        for split, count in source.counts.items():
            named = {**count.fields} or {**count.cells}
            listed = ", ".join(f"{name} {number}" for name, number in named.items())
            click.echo(f"{source.name:>16} {split:<5} {count.images:>6} pictures   {listed}")
    for split in SPLITS:
        if not any(split in source.counts for source in description.sources):
            click.echo(
                f"no picture in {split}; fit needs train and val, evaluate needs test (see --validate, --hold-out)"
            )
