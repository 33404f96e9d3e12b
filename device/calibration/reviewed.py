"""Labelled cells from a device's own records: what technicians confirmed and corrected."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import ColumnElement, Engine, RowMapping, func, select

from contract.matching import Box
from contract.reviewing import is_reviewed
from contract.site_cells import LabelledCell
from contract.site_fit import NetworkHead
from contract.stored_features import MARK, read_features
from contract.tables import capture, cell, device, field, review, slide
from device.calibration.labelled_folder import LabelledBox
from device.calibration.network_head import pool_again


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A cell that a person has named, as the records hold it.

    Attributes:
        id: of the cell's row.
        old_type: what the bundle called it.
        new_type: what a person calls it, by the newest review.
        slide: accession code.
        features: as stored, or None.
        area_um2, nucleus_fraction: of the cell.
        box: x0, y0, x1, y1 in pixels of the field.
        um_per_px: of the field.
        raw_path: of the field's capture, relative to the database; None: not captured.
        simulated: drawn, not photographed.
    """

    id: str
    old_type: str
    new_type: str
    slide: str
    features: str | None
    area_um2: float
    nucleus_fraction: float
    box: Box
    um_per_px: float
    raw_path: str | None
    simulated: bool


@dataclass(frozen=True, slots=True)
class Among:
    """Which of the named cells to find.

    Attributes:
        operators: whose reviews count; none given: everybody's.
        drawn: of drawn pictures, not photographed; None: drawn ones only where no photographed one was named.
        network: sha256 of the network that saw them; None: any.
        captured: those of other networks than that, where their field was captured.
        most: cells, the newest; None: all.
    """

    operators: Sequence[str] = ()
    drawn: bool | None = None
    network: str | None = None
    captured: bool = False
    most: int | None = None


def find_reviewed(engine: Engine, classes: Sequence[str], among: Among = Among()) -> tuple[Reviewed, ...]:
    """Find the cells that people named, newest first.

    Drawn cells are left out as soon as a photographed one is there: a demonstration teaches nothing about a microscope.

    Args:
        engine: of the device's records.
        classes: as which they were named, of the bundle's.
        among: which of them.

    Returns:
        One for each cell.
    """
    if among.drawn is None:
        photographed = find_reviewed(engine, classes, replace(among, drawn=False))
        return photographed or find_reviewed(engine, classes, replace(among, drawn=True))
    raw = (
        select(func.min(capture.c.raw_path)).where(capture.c.field_id == field.c.id).correlate(field).scalar_subquery()
    )
    query = (
        select(
            *(cell.c[name] for name in ("id", "x0", "y0", "x1", "y1", "features", "area_um2", "nucleus_fraction")),
            cell.c.cell_type,
            review.c.new_type,
            slide.c.accession,
            field.c.um_per_px,
            field.c.simulated,
            raw.label("raw_path"),
        )
        .select_from(review.join(cell).join(field).join(slide))
        .where(*_stands(classes, among.operators), field.c.simulated == among.drawn)
        .order_by(review.c.seq.desc())
        .limit(among.most)
    )
    if among.network is not None:
        query = query.where((find_mark() == among.network[:MARK]) != among.captured)
    if among.captured:
        query = query.where(select(capture.c.id).where(capture.c.field_id == field.c.id).exists())
    with engine.connect() as connection:
        return tuple(_read_row(row) for row in connection.execute(query).mappings())


def find_mark() -> ColumnElement[str]:
    """Return the mark of the network that saw a cell (an expression over `cell`); empty: it has no features."""
    return func.coalesce(func.substr(cell.c.features, 1, MARK), "")


def _stands(classes: Sequence[str], operators: Sequence[str]) -> Iterator[ColumnElement[bool]]:
    """Give the conditions for a review by which a cell has its name, and such a name."""
    later = review.alias("later")
    follows = (later.c.cell_id == review.c.cell_id) & (later.c.seq > review.c.seq) & later.c.reader.is_(None)
    yield review.c.device_id == select(device.c.id).scalar_subquery()  # its sequence has an index
    yield review.c.new_type.in_(classes)
    yield review.c.reader.is_(None)  # a second reading is for comparison only
    if operators:
        follows &= later.c.operator.in_(operators)
        yield review.c.operator.in_(operators)
    yield ~select(later.c.id).where(follows).exists()
    yield is_reviewed()


def take_stored(
    reviewed: Sequence[Reviewed], classes: Sequence[str], network_hash: str, network: NetworkHead
) -> tuple[LabelledCell, ...]:
    """Take the cells whose features this very network gave.

    Args:
        reviewed: from `find_reviewed`.
        classes: of the bundle.
        network_hash: sha256 of its `model.tflite`.
        network: its own head.

    Returns:
        Labelled cells, their ids those of the rows.

    Raises:
        StoredFeaturesError: a record is damaged.
    """
    found = []
    for one in reviewed:
        features = read_features(one.features, network_hash)
        if features is not None:
            pooled = pool_again(features, one.area_um2, one.nucleus_fraction, network)
            found.append(LabelledCell(pooled, classes.index(one.new_type), one.slide, one.id))
    return tuple(found)


def find_captured(reviewed: Sequence[Reviewed], classes: Sequence[str], root: Path) -> tuple[LabelledBox, ...]:
    """Find where cells whose features are of another network can be looked at again: in captures.

    Args:
        reviewed: those that `take_stored` did not take.
        classes: of the bundle.
        root: folder of the database.

    Returns:
        Boxes in captures that are still there.
    """
    return tuple(
        LabelledBox(root / one.raw_path, one.um_per_px, one.box, classes.index(one.new_type), one.slide, one.id)
        for one in reviewed
        if one.raw_path is not None and (root / one.raw_path).is_file()
    )


def _read_row(row: RowMapping) -> Reviewed:
    return Reviewed(
        id=row["id"],
        old_type=row["cell_type"],
        new_type=row["new_type"],
        slide=row["accession"],
        features=row["features"],
        area_um2=row["area_um2"],
        nucleus_fraction=row["nucleus_fraction"],
        box=(row["x0"], row["y0"], row["x1"], row["y1"]),
        um_per_px=row["um_per_px"],
        raw_path=row["raw_path"],
        simulated=row["simulated"],
    )
