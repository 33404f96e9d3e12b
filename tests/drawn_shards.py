"""A prepared folder of drawn cells: a disc of cytoplasm with a nucleus, whose class is its colour."""

import numpy as np
import tensorflow as tf

from training.description import Description, SourceDescription, write_description
from training.tfrecords import Example, serialise_example

CLASSES = ("basophil", "eosinophil", "lymphocyte")
COLOURS = np.array([[140, 120, 190], [240, 150, 150], [160, 190, 230]], np.uint8)
NUCLEUS = (100, 60, 140)


def draw_example(seed, size=72, source="drawn"):
    rng = np.random.default_rng(seed)
    kind, radius = int(rng.integers(3)), int(rng.integers(14, 20))
    x, y = rng.integers(radius, size - radius, 2)
    away = np.hypot(*(np.indices((size, size)) - np.array([y, x])[:, None, None]))
    image = np.full((size, size, 3), 235, np.uint8)
    target = np.zeros((size, size, 3), np.uint8)
    target[..., 1] = 255
    image[away <= radius] = COLOURS[kind]
    target[away <= radius, 0], target[away <= radius, 1] = 1, kind
    image[away <= radius / 2], target[away <= radius / 2, 0] = NUCLEUS, 2
    target[..., 2] = np.clip(255 * (1 - away / radius), 0, 255)
    return Example(
        id=f"{seed}.png",
        source=source,
        group="slide",
        um_per_px=0.25,
        image=image,
        target=target,
        boxes=np.array([[x - radius, y - radius, x + radius + 1, y + radius + 1]], np.float32),
        box_class=np.array([kind], np.int32),
        box_cell=(f"cell{seed}",),
        field_class=-1,
        attributes=np.array([kind % 2, -1], np.int32),
        human_mask=True,
    )


def write_prepared(folder, train=24, val=6):
    folder.mkdir(parents=True)
    for split, seeds in (("train", range(train)), ("val", range(1000, 1000 + val))):
        with tf.io.TFRecordWriter(str(folder / f"{split}-00000.tfrecord")) as writer:
            for seed in seeds:
                writer.write(serialise_example(draw_example(seed)))
    write_description(folder, describe())
    return folder


def describe(fingerprint="0" * 64):
    source = SourceDescription(
        name="drawn", um_per_px=0.25, licence="none", origin="drawn", fingerprint=fingerprint, groups={}, counts={}
    )
    return Description(
        task="differential",
        classes=CLASSES,
        attributes={"granules": ("none", "many"), "vacuoles": ("no", "yes")},
        um_per_px=0.25,
        teacher=None,
        sources=(source,),
        command="drawn",
        created="2026-01-01T00:00:00+00:00",
    )
