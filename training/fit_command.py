"""`leukoscope-train fit`: the command line of training."""

from pathlib import Path

import click

from training.fit_config import FitConfig

_DEFAULT = FitConfig()
_FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command("fit")
@click.argument("data", type=_FOLDER)
@click.argument("run", type=_FOLDER)
@click.option("--steps", type=click.IntRange(1), default=_DEFAULT.steps, show_default=True, help="Batches at most.")
@click.option("--minutes", type=click.FloatRange(0, min_open=True), help="Minutes of training at most.")
@click.option("--batch", type=click.IntRange(1), default=_DEFAULT.batch, show_default=True, help="Windows in a batch.")
@click.option(
    "--window", type=click.IntRange(32), default=_DEFAULT.window, show_default=True, help="Side of a window, pixels."
)
@click.option(
    "--rate", type=click.FloatRange(0, min_open=True), default=_DEFAULT.rate, show_default=True, help="Learning rate."
)
@click.option(
    "--judge-every",
    type=click.IntRange(1),
    default=_DEFAULT.judge_every,
    show_default=True,
    help="Steps between judgements.",
)
@click.option(
    "--patience",
    type=click.IntRange(1),
    default=_DEFAULT.patience,
    show_default=True,
    help="Judgements without progress.",
)
@click.option(
    "--seed", type=int, default=_DEFAULT.seed, show_default=True, help="Of weights, windows and augmentation."
)
@click.option(
    "--input",
    "input_size",
    default=f"{_DEFAULT.input_height}x{_DEFAULT.input_width}",
    show_default=True,
    help="The device's input, HEIGHTxWIDTH.",
)
@click.option(
    "--judge-on", metavar="SOURCE", multiple=True, help="Data set that decides which weights are best; all otherwise."
)
@click.option(
    "--backgrounds",
    type=click.FloatRange(0, 1),
    help="Share of windows whose cells are seen before another background.  [default: 0.3; 0.7 for screening]",
)
@click.option("--init", type=_FOLDER, help="A run whose weights to begin with (fine-tuning).")
@click.option(
    "--strategy",
    type=click.Choice(["single", "mirrored", "multiworker"]),
    default="single",
    show_default=True,
    help="single: one device; mirrored: all GPUs of this machine; multiworker: machines named in TF_CONFIG.",
)
def fit_command(
    data: Path,
    run: Path,
    steps: int,
    minutes: float | None,
    batch: int,
    window: int,
    rate: float,
    judge_every: int,
    patience: int,
    seed: int,
    input_size: str,
    judge_on: tuple[str, ...],
    backgrounds: float | None,
    init: Path | None,
    strategy: str,
) -> None:
    """Train the network on DATA, a folder made by `prepare`, into the folder RUN.

    Training ends after --steps or --minutes, whichever comes first, or when nothing gets better; the learning rate
    falls to zero at that end. Ctrl-C saves and ends it; the same command goes on from there.

    \b
    RUN receives
      run.json    what was trained, on what, how
      best.keras  the weights with the best validation score
      last/       checkpoint from which an interrupted run goes on
      log.csv     losses and validation figures; tb/ the same for TensorBoard

    \b
    Example: half an hour on a laptop, then look at it
      leukoscope-train fit prepared/wbc5 runs/wbc5 --minutes 30
      leukoscope-train evaluate runs/wbc5 --data prepared/wbc5
    """  # noqa: D301 - \b is for click, which reads it as the character
    from training.augment import strength_for
    from training.description import read_description
    from training.fit import fit

    height, width = _read_size(input_size)
    config = FitConfig(
        steps=steps,
        minutes=minutes,
        batch=batch,
        window=window,
        seed=seed,
        rate=rate,
        judge_every=judge_every,
        patience=patience,
        judge_on=judge_on,
        input_height=height,
        input_width=width,
        strength=strength_for(read_description(data).task, backgrounds),
    )
    outcome = fit(data, run, config, init=init, strategy=_open_strategy(strategy))
    click.echo(f"{outcome.reason} after {outcome.steps} steps, best validation score {outcome.best:.4f}: {run}")
    if outcome.reason == "interrupted":
        click.echo("The same command goes on from here.")


def _read_size(text: str) -> tuple[int, int]:
    height, cross, width = text.partition("x")
    if not (cross and height.isdecimal() and width.isdecimal()) or int(height) % 16 or int(width) % 16:
        raise click.BadParameter(f"{text} (expected HEIGHTxWIDTH in multiples of 16)", param_hint="--input")
    return int(height), int(width)


def _open_strategy(name: str) -> object:
    import tensorflow as tf

    if name == "mirrored":
        return tf.distribute.MirroredStrategy()
    if name == "multiworker":
        return tf.distribute.MultiWorkerMirroredStrategy()
    return None
