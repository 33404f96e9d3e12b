"""Batches: even over sources, classes and cells; the same for the same step; boxes without masks still teach."""

import itertools
import threading
from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf

from tests.drawn_shards import draw_example, write_prepared
from training.augment import Strength
from training.dataset import judging_batches, stream_batches
from training.pool import DatasetError, Pool, draw_chances, load_pool
from training.tfrecords import serialise_example


@pytest.fixture(scope="module")
def pool(tmp_path_factory):
    return load_pool(write_prepared(tmp_path_factory.mktemp("data") / "prepared"), "train")


def test_each_class_of_a_source_has_the_same_chance(pool):
    chances = draw_chances(pool)
    by_class = {}
    for place, chance in zip(pool.places, chances, strict=True):
        by_class[place.stratum] = by_class.get(place.stratum, 0.0) + chance
    np.testing.assert_allclose(list(by_class.values()), 1 / 3)


def test_pictures_of_the_same_cell_share_one_chance(pool):
    same = tuple(replace(place, cell="one") if place.stratum[1] == 0 else place for place in pool.places)
    lone = replace(same[0], example=0, stratum=("drawn", 0), cell="two")
    chances = draw_chances(Pool(pool.examples, (*same, lone)))
    of_one = [chance for place, chance in zip(same, chances, strict=False) if place.cell == "one"]
    np.testing.assert_allclose(sum(of_one), chances[-1])


def test_a_stream_begun_later_gives_the_batches_that_would_have_come(pool):
    with closing(stream_batches(pool, 64, 4, seed=1, first=0, strength=Strength())) as whole:
        third = list(itertools.islice(whole, 3))[2]
    with closing(stream_batches(pool, 64, 4, seed=1, first=2, strength=Strength())) as later:
        resumed = next(later)
    for name in third:
        np.testing.assert_array_equal(third[name], resumed[name])


def test_batches_are_bytes_with_labels_beside_and_a_closed_stream_leaves_no_thread(pool):
    before = set(threading.enumerate())
    with closing(stream_batches(pool, 64, 4, seed=1, first=0, strength=Strength())) as stream:
        batch = next(stream)
    assert (batch["image"].shape, batch["image"].dtype) == ((4, 64, 64, 3), np.uint8)
    assert batch["target"].shape == (4, 64, 64, 3)
    assert batch["attributes"].shape == (4, 2)
    assert set(threading.enumerate()) == before


def test_judging_goes_through_every_place_once_with_its_cell_in_the_middle(pool):
    places = []
    for batch, shown in judging_batches(pool, 64, 5):
        assert batch["image"].shape == (5, 64, 64, 3)
        for target, place in zip(batch["target"], shown, strict=False):
            assert target[32, 32, 1] == place.stratum[1]
        places.extend(shown)
    assert tuple(places) == pool.places


def test_a_box_without_class_pixels_names_its_middle(tmp_path):
    example = draw_example(1)
    example.target[:] = (255, 255, 0)
    folder = write_prepared(tmp_path / "prepared", train=0)
    with tf.io.TFRecordWriter(str(folder / "train-00000.tfrecord")) as writer:
        writer.write(serialise_example(example))
    marked = load_pool(folder, "train").examples[0].target[..., 1]
    x0, y0, x1, y1 = example.boxes[0].astype(int)
    assert marked[(y0 + y1) // 2, (x0 + x1) // 2] == example.box_class[0]
    assert marked[y0, x0] == 255


def test_an_empty_split_is_refused_with_its_name(tmp_path):
    with pytest.raises(DatasetError, match="no picture in val"):
        load_pool(write_prepared(tmp_path / "prepared", val=0), "val")


def test_a_source_does_not_teach_the_classes_it_lacks(pool):
    lacking = Pool(
        pool.examples,
        tuple(
            replace(place, stratum=(kind, place.stratum[1]))
            for place in pool.places
            for kind in ("whole", "part")
            if not (kind == "part" and place.stratum[1] == 1)
        ),
    )
    assert lacking.untaught == {"whole": (-1, -1, -1, -1), "part": (1, -1, -1, -1)}
