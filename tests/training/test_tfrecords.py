"""Records: what is written is what is read, by numpy and by TensorFlow; what is cut is refused."""

import numpy as np
import pytest
import tensorflow as tf

from tests.drawn_shards import draw_example, write_prepared
from training.tfrecords import RecordError, parse_example, read_examples, serialise_example


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    return write_prepared(tmp_path_factory.mktemp("data") / "prepared", train=3, val=1)


def test_an_example_survives_the_shard(prepared):
    first = next(iter(read_examples(prepared, "train")))
    drawn = draw_example(0)
    for name in ("image", "target", "boxes", "box_class", "attributes"):
        np.testing.assert_array_equal(getattr(first, name), getattr(drawn, name))
    for name in ("id", "source", "group", "um_per_px", "box_cell", "field_class", "human_mask"):
        assert getattr(first, name) == getattr(drawn, name)
    first.target[0, 0, 0] = 255  # arrays are the reader's own


def test_tensorflow_parses_the_same_example():
    drawn = draw_example(5)
    parsed = parse_example(tf.constant(serialise_example(drawn)))
    np.testing.assert_array_equal(parsed["image"], drawn.image)
    np.testing.assert_array_equal(parsed["target"], drawn.target)
    np.testing.assert_array_equal(parsed["boxes"], drawn.boxes)
    assert parsed["box_cell"].numpy().tolist() == [b"cell5"]
    assert int(parsed["human_mask"]) == 1


def test_a_split_without_pictures_is_empty(prepared):
    assert list(read_examples(prepared, "test")) == []


def test_a_folder_that_was_not_prepared_is_refused(tmp_path):
    with pytest.raises(RecordError, match=r"no dataset.json \(expected a folder made by leukoscope-train prepare\)"):
        next(read_examples(tmp_path, "train"))


def test_a_shard_cut_short_is_refused(tmp_path):
    folder = write_prepared(tmp_path / "prepared", train=2, val=1)
    shard = folder / "train-00000.tfrecord"
    shard.write_bytes(shard.read_bytes()[:-40])
    with pytest.raises(RecordError, match=r"train-00000\.tfrecord: damaged"):
        list(read_examples(folder, "train"))
