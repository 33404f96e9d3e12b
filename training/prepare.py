"""From folders of images to a prepared folder: sources, split, shards, description."""

import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import numpy as np
import tensorflow as tf
from tqdm import tqdm

from contract.failures import Refusal
from training.description import Description, SourceDescription, fingerprint_files, write_description
from training.sample import SPLITS, Sample, Split
from training.sources.known import KNOWN_DATA
from training.sources.recognise import read_source
from training.sources.request import SourceRequest, Task
from training.split import Groups, assign_splits
from training.tally import Tally
from training.target_cells import Teacher
from training.targets import make_example
from training.tfrecords import Example, serialise_example
from training.vocabulary import Vocabulary, collect_vocabulary

SHARD_EXAMPLES = 512  # some tens of MB of crops: large enough to read at full speed, small enough to shuffle by file
AHEAD = 64  # pictures prepared before they are written; bounds the memory
SHUFFLE_SEED = 7  # order of pictures within a split, so that sources and classes are mixed within a shard


class PreparationError(Refusal):
    """The prepared folder cannot be made: it is there already, or cannot be written."""

    exit_code = 5


@dataclass(frozen=True, slots=True)
class Plan:
    """What to prepare.

    Attributes:
        requests: folders, with distinct names.
        out: folder to make.
        um_per_px: working scale.
        task: what for.
        hold_out, validate, train: groups by source that go to test, val and train.
        teacher: draws masks where no person did; None: colour does.
        teacher_name: stands in the description.
        replace: an earlier folder of that name is replaced, once the new one is whole.
        command: stands in the description.
    """

    requests: tuple[SourceRequest, ...]
    out: Path
    um_per_px: float
    task: Task
    hold_out: Groups = field(default_factory=dict)
    validate: Groups = field(default_factory=dict)
    train: Groups = field(default_factory=dict)
    teacher: Teacher | None = None
    teacher_name: str | None = None
    replace: bool = False
    command: str = ""


def prepare_data(plan: Plan) -> Description:
    """Prepare every picture and write shards and description; an interrupted run leaves nothing behind.

    Args:
        plan: what to prepare.

    Returns:
        The description that was written.

    Raises:
        SourceError: a folder is not as expected.
        SplitError: a named group does not exist.
        VocabularyError: the sources name no classes.
        PreparationError: the folder cannot be made.
    """
    if plan.out.exists() and not plan.replace:
        raise PreparationError(f"{plan.out}: exists already (expected a new folder, or --replace)")
    read = {request.name: read_source(request) for request in plan.requests}
    samples = tuple(sample for source in read.values() for sample in source)
    splits = assign_splits(samples, plan.hold_out, plan.validate, plan.train)
    vocabulary = collect_vocabulary(samples, plan.task)
    tally = Tally(vocabulary)
    with _building(plan.out) as partial_folder, tqdm(total=len(samples), desc="preparing", unit="picture") as bar:
        for split in SPLITS:
            members = [sample for sample in samples if splits[sample.source, sample.group] == split]
            examples = _make_examples(members, plan, vocabulary)
            for shard, example in _write_shards(partial_folder, split, examples):
                tally.note(split, example)
                bar.set_postfix_str(shard, refresh=False)
                bar.update()
        described = tuple(_describe(request, read[request.name], splits, tally) for request in plan.requests)
        description = Description(
            task=plan.task,
            classes=vocabulary.classes,
            attributes=vocabulary.attributes,
            um_per_px=plan.um_per_px,
            teacher=plan.teacher_name,
            sources=described,
            command=plan.command,
            created=datetime.now(UTC).isoformat(timespec="seconds"),
        )
        write_description(partial_folder, description)
    return description


def _make_examples(members: list[Sample], plan: Plan, vocabulary: Vocabulary) -> Iterator[Example]:
    order = np.random.default_rng(SHUFFLE_SEED).permutation(len(members))
    make = partial(make_example, vocabulary=vocabulary, um_per_px=plan.um_per_px, teacher=plan.teacher)
    with ThreadPoolExecutor() as pool:
        for start in range(0, len(order), AHEAD):
            yield from pool.map(make, [members[place] for place in order[start : start + AHEAD]])


def _write_shards(folder: Path, split: Split, examples: Iterator[Example]) -> Iterator[tuple[str, Example]]:
    number, first = 0, next(examples, None)
    while first is not None:
        name = f"{split}-{number:05d}.tfrecord"
        with tf.io.TFRecordWriter(str(folder / name)) as writer:
            for _ in range(SHARD_EXAMPLES):
                writer.write(serialise_example(first))
                yield name, first
                first = next(examples, None)
                if first is None:
                    break
        number += 1


def _describe(
    request: SourceRequest, samples: Sequence[Sample], splits: dict[tuple[str, str], Split], tally: Tally
) -> SourceDescription:
    groups: dict[str, set[str]] = {}
    for sample in samples:
        groups.setdefault(splits[sample.source, sample.group], set()).add(sample.group)
    simulated = any(sample.simulated for sample in samples)
    licence, origin = _say_origin(request, simulated)
    return SourceDescription(
        name=request.name,
        um_per_px=samples[0].um_per_px,
        licence=licence,
        origin=origin,
        simulated=simulated,
        fingerprint=fingerprint_files(request.folder, [path for sample in samples for path in sample.files]),
        groups={split: tuple(sorted(groups[split])) for split in SPLITS if split in groups},
        counts={split: tally.count(request.name, split) for split in SPLITS if split in groups},
    )


def _say_origin(request: SourceRequest, simulated: bool) -> tuple[str, str]:
    if simulated:
        return "made by this program", "simulated smear"
    known = KNOWN_DATA.get(request.name)
    return (known.licence, known.source) if known else ("the user's own", request.folder.resolve().name)


@contextmanager
def _building(out: Path) -> Iterator[Path]:
    """A folder beside the wanted one that takes its name once everything in it is written, or vanishes."""
    partial_folder = out.with_name(f"{out.name}.partial")
    try:
        if partial_folder.exists():  # a power cut left it; it is ours by its name and no whole folder
            shutil.rmtree(partial_folder)
        partial_folder.mkdir(parents=True)
        yield partial_folder
        if out.exists():
            shutil.rmtree(out)
        partial_folder.rename(out)
    except OSError as error:
        raise PreparationError(f"{out}: {error.strerror or error} (expected a folder that can be written)") from error
    finally:
        shutil.rmtree(partial_folder, ignore_errors=True)
