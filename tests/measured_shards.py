"""A prepared folder of drawn cells with all three splits and honest counts, and a run that was hardly trained on it."""

from collections import Counter
from dataclasses import replace

import tensorflow as tf

from tests.drawn_shards import CLASSES, describe, draw_example
from training.description import SplitCount, write_description
from training.model import ModelConfig, Stage
from training.tfrecords import serialise_example

TINY = ModelConfig(
    "differential",
    CLASSES,
    {"granules": ("none", "many"), "vacuoles": ("no", "yes")},
    stem=8,
    stages=(Stage(16, 1, 2, True), Stage(16, 1, 2, False), Stage(16, 1, 2, False)),
    features=16,
    decoder=16,
)
SPLITS = {"train": range(36), "val": range(1000, 1024), "test": range(2000, 2024)}
PER_SLIDE = 4
UM_PER_PX = 0.35  # at which the smallest drawn nucleus is as large as that of a white cell


def write_measured(folder, screening=False, classes=CLASSES, splits=SPLITS):
    """Write the folder; four pictures lie on each slide."""
    folder.mkdir(parents=True)
    counts, groups = {}, {}
    for split, seeds in splits.items():
        examples = [draw_labelled(seed, screening) for seed in seeds]
        with tf.io.TFRecordWriter(str(folder / f"{split}-00000.tfrecord")) as writer:
            for example in examples:
                writer.write(serialise_example(example))
        counts[split] = count(examples)
        groups[split] = tuple(sorted({example.group for example in examples}))
    description = describe()
    source = description.sources[0].model_copy(update={"counts": counts, "groups": groups})
    changes = {"sources": (source,), "classes": classes, "task": "screening" if screening else "differential"}
    changes["um_per_px"] = UM_PER_PX
    if screening:
        changes["attributes"] = {}
    write_description(folder, description.model_copy(update=changes))
    return folder


def draw_labelled(seed, screening=False):
    example = replace(draw_example(seed), group=f"slide{seed // PER_SLIDE}")
    if screening:
        return replace(example, field_class=int(example.box_class[0]), attributes=example.attributes[:0])
    return example


def count(examples):
    cells = Counter(CLASSES[example.box_class[0]] for example in examples)
    return SplitCount(images=len(examples), cells=cells, distinct_cells=cells, fields={}, human_masks=len(examples))
