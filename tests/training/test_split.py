"""Splits: a slide is never divided, the same data always divide the same way, and what a person names is done."""

from pathlib import Path

import pytest

from training.sample import Framing, Pixels, Sample
from training.split import SplitError, assign_splits, parse_groups


def make_samples(source, groups, split=None):
    """`groups` maps a group to (class, number of images)."""
    return [
        Sample(
            id=f"{group}_{number}",
            source=source,
            group=group,
            um_per_px=0.25,
            load=lambda: pytest.fail("splitting reads no pixels") or Pixels(),
            framing=Framing.CROP,
            files=(Path("x"),),
            cell_type=kind,
            split=split,
        )
        for group, (kind, count) in groups.items()
        for number in range(count)
    ]


BLOCKS = {f"{kind}/{n:05d}": (kind, 20) for kind in ("a", "b") for n in range(16)}
SLIDES = {"B-30": ("baso", 16), "B-42": ("baso", 11), "B-56": ("baso", 21), "M-8": ("mono", 67)}


def test_of_sixteen_blocks_of_a_class_two_test_and_two_validate():
    splits = assign_splits(make_samples("s", BLOCKS), {}, {})
    for kind in ("a", "b"):
        of_kind = [split for (_, group), split in splits.items() if group.startswith(kind)]
        assert (of_kind.count("test"), of_kind.count("val"), of_kind.count("train")) == (2, 2, 12)


def test_the_order_of_samples_does_not_matter():
    samples = make_samples("s", BLOCKS)
    assert assign_splits(samples, {}, {}) == assign_splits(samples[::-1], {}, {})


def test_of_few_slides_the_smallest_is_tested_on_and_a_lone_slide_trains():
    splits = assign_splits(make_samples("rpi", SLIDES), {}, {})
    assert {group for (_, group), split in splits.items() if split == "test"} == {"B-42"}
    assert splits["rpi", "M-8"] == "train"


def test_named_slides_are_held_out_and_no_others():
    splits = assign_splits(make_samples("rpi", SLIDES), parse_groups(["rpi:B-30,M-8"]), parse_groups(["rpi:B-56"]))
    assert {group: split for (_, group), split in splits.items()} == {
        "B-30": "test",
        "M-8": "test",
        "B-56": "val",
        "B-42": "train",
    }


def test_a_whole_source_can_be_held_out_beside_another():
    samples = make_samples("rpi", SLIDES) + make_samples("s", BLOCKS)
    splits = assign_splits(samples, parse_groups(["rpi:all"]), {})
    assert {split for (source, _), split in splits.items() if source == "rpi"} == {"test"}
    assert {split for (source, _), split in splits.items() if source == "s"} == {"train", "val", "test"}


def test_a_prescribed_test_split_is_not_added_to():
    samples = make_samples("pbc", BLOCKS) + make_samples("pbc", {"val": ("a", 30)}, split="test")
    splits = assign_splits(samples, {}, {})
    assert [group for (_, group), split in splits.items() if split == "test"] == ["val"]
    assert "val" in {split for (_, group), split in splits.items() if group != "val"}


def test_what_is_named_but_not_there_is_refused():
    samples = make_samples("rpi", SLIDES)
    with pytest.raises(SplitError, match=r"rpi:Z: no such group \(expected some of B-30, B-42"):
        assign_splits(samples, parse_groups(["rpi:Z"]), {})
    with pytest.raises(SplitError, match=r"other: no such source \(expected one of rpi\)"):
        assign_splits(samples, parse_groups(["other:B-30"]), {})
    with pytest.raises(SplitError, match="named twice"):
        assign_splits(samples, parse_groups(["rpi:B-30"]), parse_groups(["rpi:B-30"]))
    with pytest.raises(SplitError, match="not a choice of groups"):
        parse_groups(["rpi"])


def test_a_group_prescribed_for_two_splits_is_refused():
    samples = make_samples("s", {"g": ("a", 1)}, split="val") + make_samples("s", {"g": ("a", 1)}, split="test")
    with pytest.raises(SplitError, match="lies in two splits"):
        assign_splits(samples, {}, {})


def test_what_is_named_for_training_is_not_set_aside():
    samples = make_samples("rpi", SLIDES)
    everything = parse_groups(["rpi:all"])
    assert set(assign_splits(samples, {}, {}, everything).values()) == {"train"}
    splits = assign_splits(samples, parse_groups(["rpi:B-42"]), {}, everything)
    assert [group for (_, group), split in splits.items() if split == "test"] == ["B-42"]
    assert "val" not in splits.values()
    with pytest.raises(SplitError, match="named twice"):
        assign_splits(samples, parse_groups(["rpi:B-42"]), {}, parse_groups(["rpi:B-42"]))
