"""Slides left out in turn, through int8 files: what each run's own file says of the slides that run never saw."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tqdm import tqdm

from contract.bundle import load_bundle
from contract.failures import Refusal
from contract.seal import seal
from contract.settings import QuantizeSettings
from device.network.classifier import Classifier
from quantize.convert import FLOAT32, INT8
from quantize.making import make_files
from quantize.opened import open_for_quantizing
from training.description import Description
from training.observe import SeenImage, observe
from training.tfrecords import read_examples


class TurnError(Refusal):
    """A run named with --turn leaves out nothing that the bundle's own run was trained on.

    Prepare its data with --hold-out of some of those slides.
    """

    exit_code = 4


@dataclass(frozen=True, slots=True)
class Turn:
    """One run of several, each trained without some slides.

    Attributes:
        run: made by `leukoscope-train fit`.
        data: prepared folder it was made for, whose test split holds the slides left out.
    """

    run: Path
    data: Path


def observe_turns(
    turns: Sequence[Turn], trained: Description, settings: QuantizeSettings
) -> dict[str, tuple[SeenImage, ...]]:
    """Look at each slide with the int8 file of the run that was trained without it.

    Args:
        turns: the runs.
        trained: of the data that the bundle itself is trained on; only its training slides are looked at.
        settings: representative set and seed.

    Returns:
        Pictures by run, as seen through manifests whose temperatures are 1.

    Raises:
        TurnError: a run leaves out none of those slides.
        Refusal: a run and its data do not fit together.
    """
    return {turn.run.name: _observe_turn(turn, trained, settings) for turn in tqdm(turns, desc="turns", unit="run")}


def _observe_turn(turn: Turn, trained: Description, settings: QuantizeSettings) -> tuple[SeenImage, ...]:
    learnt = {(one.name, group) for one in trained.sources for group in one.groups.get("train", ())}
    chosen = [one for one in read_examples(turn.data, "test") if (one.source, one.group) in learnt]
    if not chosen:
        raise TurnError(f"{turn.data}: no test slide that the bundle's run was trained on (expected some left out)")
    opened = open_for_quantizing(turn.run, turn.data)
    made = make_files(opened, settings, (FLOAT32, INT8))
    with TemporaryDirectory() as folder:
        contents = {"model.tflite": made.files[INT8], "selftest.npz": made.selftest.content}
        seal(Path(folder), opened.draft, contents)
        with Classifier(load_bundle(Path(folder)), threads=1) as classifier:
            return tuple(observe(tqdm(chosen, desc=turn.run.name, unit="image"), classifier.outputs, opened.draft))
