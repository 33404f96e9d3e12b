"""How the training pictures of a bundle are stained: measured, written into model.json, and told on the card."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from contract.bundle import Bundle, load_bundle
from contract.failures import Refusal
from contract.prepare import Prepared
from contract.seal import seal
from contract.stain import Stain, fit_stain, measure_distance
from contract.stain_colours import measure_colours, separate_smear
from quantize.card import TEMPLATES
from quantize.pack import staging_folder
from training.description import read_description
from training.evaluate import require_fit
from training.report import render
from training.tfrecords import read_examples

CARD = "card.md"
HEADING = "## Stain"
BEFORE = "## Limits"
"""Heading of the card before which the stain is told."""

Colours = Mapping[str, NDArray[np.float64]]


class DescribeError(Refusal):
    """A bundle cannot be described by this data. Give the folder it was trained on, as `prepare` made it."""

    exit_code = 4


@dataclass(frozen=True, slots=True)
class SourceDistances:
    """How far the training pictures of one data set lie from the training data.

    Attributes:
        pictures: that show red cells.
        own: median, 95th and 99th percentile.
        left_out: the same where the data set itself is taken out of the training data; None: it is the only one.
    """

    pictures: int
    own: tuple[float, ...]
    left_out: tuple[float, ...] | None


@dataclass(frozen=True, slots=True)
class StainTold:
    """What a bundle says of its stain.

    Attributes:
        stain: for model.json.
        section: for card.md, with its heading.
    """

    stain: Stain
    section: str


def describe_stain(data: Path, um_per_px: float, parent: str = "", command: str = "") -> StainTold | None:
    """Measure the stain of the training split.

    Args:
        data: prepared folder.
        um_per_px: its working scale.
        parent: id of a finished bundle that is being described; empty: it is being built.
        command: that describes it.

    Returns:
        The facts and their text; None where no training picture shows red cells.
    """
    colours = _measure_all(data, um_per_px)
    stain = fit_stain(colours)
    if stain is None:
        return None
    rows = {source.name: _measure_distances(source.name, colours, stain) for source in stain.sources}
    text = render("stain.md", TEMPLATES, heading=HEADING, rows=rows, parent=parent, command=command)
    return StainTold(stain, text.strip() + "\n")


def describe_bundle_stain(folder: Path, data: Path, version: str, out: Path, command: str) -> Bundle:
    """Write the stain of its training pictures into a finished bundle, as its next version.

    Args:
        folder: of the bundle.
        data: prepared folder it was trained on.
        version: of the new bundle.
        out: its folder; may be the old one.
        command: that asked for it.

    Returns:
        The new bundle: network, self-test and proof are the old ones, so is every other fact.

    Raises:
        DescribeError: other data, no red cells in them, or a card of another form.
        BundleError, SealError: the bundle is broken.
    """
    bundle = load_bundle(folder)
    manifest = bundle.manifest
    description = read_description(data)
    require_fit(description, data, (manifest.task, manifest.classes, manifest.um_per_px), folder)
    fingerprints = {one.name: one.fingerprint for one in description.sources}
    if fingerprints != manifest.data:
        raise DescribeError(f"{data}: other pictures than {bundle.bundle_id} was trained on (expected the same)")
    told = describe_stain(data, manifest.um_per_px, bundle.bundle_id, command)
    if told is None:
        raise DescribeError(f"{data}: no red cells in train (expected stained smears)")
    card = _change_card((folder / CARD).read_text(encoding="utf-8"), told.section, f"{manifest.name} {version}", folder)
    with staging_folder(out) as staging:
        for name in manifest.files:
            shutil.copyfile(folder / name, staging / name)
        described = manifest.model_copy(update={"stain": told.stain, "version": version})
        seal(staging, described, {CARD: card.encode()})
        load_bundle(staging)
    return load_bundle(out)


def _change_card(card: str, section: str, title: str, folder: Path) -> str:
    head, mark, tail = card.partition(f"\n{BEFORE}\n")
    if not (mark and card.startswith("# ")):
        raise DescribeError(f"{folder / CARD}: no title or no {BEFORE!r} (expected the card that build wrote)")
    body = head.partition(f"\n{HEADING}\n")[0].partition("\n")[2].rstrip("\n")
    return f"# {title}\n{body}\n\n{section}{mark}{tail}"


def _measure_all(data: Path, um_per_px: float) -> dict[str, NDArray[np.float64]]:
    rows: dict[str, list[NDArray[np.float64]]] = {}
    for example in read_examples(data, "train"):
        height, width = example.image.shape[:2]
        prepared = Prepared(example.image, (height, width), um_per_px)
        rows.setdefault(example.source, []).append(measure_colours(separate_smear(prepared)))
    return {name: np.stack(own) for name, own in rows.items()}


def _measure_distances(name: str, colours: Colours, stain: Stain) -> SourceDistances:
    others = tuple(source for source in stain.sources if source.name != name)
    own = _find_percentiles(colours[name], stain)
    left_out = _find_percentiles(colours[name], Stain(sources=others)) if others else None
    return SourceDistances(next(one.pictures for one in stain.sources if one.name == name), own, left_out)


def _find_percentiles(rows: NDArray[np.float64], stain: Stain) -> tuple[float, ...]:
    found = (measure_distance(row, stain) for row in rows)
    distances = [one[0] for one in found if one is not None]
    return tuple(float(value) for value in np.quantile(distances, (0.5, 0.95, 0.99)))
