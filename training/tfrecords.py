"""The records between preparing and fitting: one prepared picture with its target in each, in TFRecord shards."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from contract.failures import Refusal
from contract.image import encode_png


class RecordError(Refusal):
    """A prepared folder holds no shards of a split, or a shard is cut short. Prepare the data again."""

    exit_code = 4


@dataclass(frozen=True, slots=True)
class Example:
    """A prepared picture and everything known about it; coordinates are in prepared pixels.

    Attributes:
        id: path of the image in its source.
        source: name of the data set.
        group: slide or block.
        um_per_px: scale of the original image, not of this one.
        image: (h, w, 3) uint8 RGB at the working scale, flat-fielded, white point set.
        target: (h, w, 3) uint8. Channel 0, tissue: 0 background, 1 cytoplasm, 2 nucleus, 255 unknown. Channel 1: index
            of the cell's class, 255 none or unknown. Channel 2, interior: 255 at a cell's centre falling to 0 at its
            boundary; valid where channel 0 is not 255.
        boxes: (n, 4) float32 x0, y0, x1, y1, half-open.
        box_class: (n,) int32, -1 unknown.
        box_cell: n ids of physical cells.
        field_class: index of the field's class, -1 unknown.
        attributes: (groups,) int32 index of the value of each attribute group, -1 unknown.
        human_mask: the mask is known (a person's, or a simulation's truth), not guessed.
    """

    id: str
    source: str
    group: str
    um_per_px: float
    image: NDArray[np.uint8]
    target: NDArray[np.uint8]
    boxes: NDArray[np.float32]
    box_class: NDArray[np.int32]
    box_cell: tuple[str, ...]
    field_class: int
    attributes: NDArray[np.int32]
    human_mask: bool


def serialise_example(example: Example) -> bytes:
    """Write an example as the bytes of a tf.train.Example with two PNGs.

    Args:
        example: what to write.

    Returns:
        One TFRecord.
    """
    texts = {name: [getattr(example, name).encode()] for name in ("id", "source", "group")}
    features = {
        "image_png": _bytes([encode_png(example.image)]),
        "target_png": _bytes([encode_png(example.target)]),
        "boxes": tf.train.Feature(float_list=tf.train.FloatList(value=example.boxes.ravel())),
        "box_class": _ints(example.box_class.tolist()),
        "box_cell": _bytes([cell.encode() for cell in example.box_cell]),
        "field_class": _ints([example.field_class]),
        "attributes": _ints(example.attributes.tolist()),
        "human_mask": _ints([int(example.human_mask)]),
        "um_per_px": tf.train.Feature(float_list=tf.train.FloatList(value=[example.um_per_px])),
        **{name: _bytes(value) for name, value in texts.items()},
    }
    return bytes(tf.train.Example(features=tf.train.Features(feature=features)).SerializeToString())


def parse_example(record: Any) -> dict[str, Any]:
    """Parse one record inside a tf.data pipeline.

    Args:
        record: scalar string tensor.

    Returns:
        Tensors by the names of `Example`; boxes (n, 4), image and target (h, w, 3) uint8.
    """
    one = {"image_png": tf.string, "target_png": tf.string, "id": tf.string, "source": tf.string, "group": tf.string}
    one |= {"field_class": tf.int64, "human_mask": tf.int64, "um_per_px": tf.float32}
    many = {"boxes": tf.float32, "box_class": tf.int64, "box_cell": tf.string, "attributes": tf.int64}
    features: dict[str, Any] = {name: tf.io.FixedLenFeature([], kind) for name, kind in one.items()}
    features |= {name: tf.io.FixedLenSequenceFeature([], kind, allow_missing=True) for name, kind in many.items()}
    parsed = dict(tf.io.parse_single_example(record, features))
    parsed["image"] = tf.io.decode_png(parsed.pop("image_png"), channels=3)
    parsed["target"] = tf.io.decode_png(parsed.pop("target_png"), channels=3)
    parsed["boxes"] = tf.reshape(parsed["boxes"], (-1, 4))
    return parsed


def list_shards(folder: Path, split: str) -> list[Path]:
    """List the shards of a split in order; empty where the split has no picture."""
    return sorted(folder.glob(f"{split}-*.tfrecord"))


def read_examples(folder: Path, split: str) -> Iterator[Example]:
    """Read a split as numpy arrays, in the order in which it was written.

    Args:
        folder: made by `leukoscope-train prepare`.
        split: "train", "val" or "test".

    Yields:
        Examples with writable arrays; none where the split is empty.

    Raises:
        RecordError: the folder was not prepared, or a shard is damaged.
    """
    if not (folder / "dataset.json").is_file():
        raise RecordError(f"{folder}: no dataset.json (expected a folder made by leukoscope-train prepare)")
    for shard in list_shards(folder, split):
        try:
            for record in tf.data.TFRecordDataset(str(shard)).as_numpy_iterator():
                yield _to_example(tf.train.Example.FromString(record).features.feature)
        except tf.errors.DataLossError as error:
            raise RecordError(f"{shard}: damaged (expected whole records; prepare the data again)") from error


def _to_example(feature: Any) -> Example:
    texts = {name: feature[name].bytes_list.value[0].decode() for name in ("id", "source", "group")}
    return Example(
        **texts,
        um_per_px=float(feature["um_per_px"].float_list.value[0]),
        image=_decode(feature["image_png"].bytes_list.value[0]),
        target=_decode(feature["target_png"].bytes_list.value[0]),
        boxes=np.array(feature["boxes"].float_list.value, np.float32).reshape(-1, 4),
        box_class=np.array(feature["box_class"].int64_list.value, np.int32),
        box_cell=tuple(cell.decode() for cell in feature["box_cell"].bytes_list.value),
        field_class=int(feature["field_class"].int64_list.value[0]),
        attributes=np.array(feature["attributes"].int64_list.value, np.int32),
        human_mask=bool(feature["human_mask"].int64_list.value[0]),
    )


def _decode(png: bytes) -> NDArray[np.uint8]:
    bgr = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)
    assert bgr is not None, "the record's checksum held, so its PNG is whole"
    return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), np.uint8)


def _bytes(values: list[bytes]) -> Any:
    return tf.train.Feature(bytes_list=tf.train.BytesList(value=values))


def _ints(values: list[int]) -> Any:
    return tf.train.Feature(int64_list=tf.train.Int64List(value=values))
