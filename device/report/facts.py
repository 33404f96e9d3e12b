"""All that a report says of a slide, gathered from the records."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, select

from contract.bundle import Bundle
from contract.counts import count_cells
from contract.differential import Differential, Share
from contract.evidence import describe_learning
from contract.moments import now
from contract.reference import Judgement, Range, judge_shares
from contract.tables import slide
from device.report.card import read_limits
from device.report.cells import MOST_CELLS, People, Picked, compare_people, pick_cells
from device.report.fields import FieldSummary, summarize_fields
from device.review.reference import Reference
from device.review.signed import Amendment, Signature, find_amendments, find_signatures


@dataclass(frozen=True, slots=True)
class Line:
    """A share beside its reference range."""

    share: Share
    usual: Range | None
    judged: Judgement


@dataclass(frozen=True, slots=True)
class Count:
    """A differential held against reference ranges.

    Attributes:
        lines: in the order of a differential.
        total, unidentified: identified and unidentified cells.
        source: where the ranges are from.
    """

    lines: tuple[Line, ...]
    total: int
    unidentified: int
    source: str


@dataclass(frozen=True, slots=True)
class Report:
    """What a report says.

    Attributes:
        slide: its row: accession, operator, bundle_id, target, camera, simulated, opened_at.
        device: how the microscope is called.
        made_at: when the report was made, aware UTC.
        signatures: every version, oldest first; empty: preliminary.
        signed: the count as it was signed last; None while nobody signed.
        current: the count as it is now.
        amendments: what was changed since the newest signature.
        people: what people did to the bundle's names.
        cells: representative cells by type.
        fields: what was looked at, and how good it was.
        limits: of the bundle, from its card; empty: not known here.
        attributes_note: what attributes of cells are worth, None where the bundle has none.
    """

    slide: Mapping[str, Any]
    device: str
    made_at: datetime
    signatures: tuple[Signature, ...]
    signed: Count | None
    current: Count
    amendments: tuple[Amendment, ...]
    people: People
    cells: tuple[tuple[str, tuple[Picked, ...]], ...]
    fields: FieldSummary
    limits: tuple[str, ...]
    attributes_note: str | None

    @property
    def state(self) -> str:
        """`preliminary`, `signed`, or `amended`."""
        if not self.signatures:
            return "preliminary"
        return "amended" if self.amendments else "signed"

    @property
    def signature(self) -> Signature | None:
        """The newest one."""
        return self.signatures[-1] if self.signatures else None

    @property
    def shown(self) -> Count:
        """What stands in the table: as signed, or as it is now while nobody signed."""
        return self.signed or self.current


def gather_report(
    engine: Engine,
    slide_id: str,
    *,
    device: str,
    bundle: Bundle,
    reference: Reference,
    cut: Callable[[str], bytes | None],
) -> Report | None:
    """Gather what a report says.

    Args:
        engine: `Store.readers`.
        slide_id: the slide.
        device: how the microscope is called.
        bundle: the one that runs; speaks for the slide where the slide was counted with it.
        reference: the ranges in force; a signed count keeps those it was signed with.
        cut: gives the picture of a cell as JPEG, or None where it is no longer kept.

    Returns:
        The report; None where there is no such slide.
    """
    with engine.connect() as connection:
        row = connection.execute(select(slide).where(slide.c.id == slide_id)).mappings().one_or_none()
    if row is None:
        return None
    classes = bundle.manifest.classes if bundle.bundle_id == row["bundle_id"] else ()
    signatures = find_signatures(engine, slide_id)
    newest = signatures[-1] if signatures else None
    amendments = find_amendments(engine, slide_id, newest.seq) if newest else ()  # two tables leave half the room
    return Report(
        slide=dict(row),
        device=device,
        made_at=now(),
        signatures=signatures,
        signed=_restore(newest.differential, classes) if newest else None,
        current=_hold(count_cells(engine, slide_id), classes, reference.ranges, reference.source),
        amendments=amendments,
        people=compare_people(engine, slide_id),
        cells=pick_cells(engine, slide_id, cut, MOST_CELLS // 2 if amendments else MOST_CELLS),
        fields=summarize_fields(engine, slide_id),
        limits=read_limits(bundle, row["bundle_id"]),
        attributes_note=describe_learning(bundle.manifest.attributes_learned_from)
        if classes and bundle.manifest.heads.attributes
        else None,
    )


def _restore(signed: Mapping[str, Any], classes: tuple[str, ...]) -> Count:
    """Show a signed count beside the ranges of its day."""
    reference = signed["reference"]
    ranges = {name: Range(*ends) for name, ends in reference["percent"].items()}
    return _hold(signed["counts"], classes, ranges, reference["source"])


def _hold(counts: Mapping[str, int], classes: tuple[str, ...], ranges: Mapping[str, Range], source: str) -> Count:
    counted = Differential.of(dict.fromkeys(classes, 0) | dict(counts))
    judged = judge_shares(counted, ranges)
    shown = [share for share in counted.shares if share.count or share.cell_type in classes or not classes]
    lines = tuple(Line(share, ranges.get(share.cell_type), judged[share.cell_type]) for share in shown)
    return Count(lines, counted.total, counted.unidentified, source)
