"""What the count says now."""

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from contract.counts import count_cells
from contract.differential import Differential, Share
from contract.reference import Judgement, Range, count_more, judge_shares
from device.keeping.slides import OpenSlide
from device.page.answers import answer
from device.page.instrument import Instrument
from device.page.schemas import DifferentialFacts, Problem, ShareFacts, SlideFacts
from device.review.reference import Reference, References
from device.review.signed import find_signature

_TAG = Tag(name="differential", description="The running count of the open slide")


def make_differential(instrument: Instrument) -> APIBlueprint:
    """Make the route of the running count.

    Args:
        instrument: gives the open slide and the records.

    Returns:
        The route.
    """
    routes = APIBlueprint("differential", __name__, abp_tags=[_TAG])
    references = open_references(instrument)

    @routes.get(
        "/api/v1/differential", summary="Running differential", responses={200: DifferentialFacts, 503: Problem}
    )
    def differential() -> Response:
        """Give count, whole percent, exact 95 % interval and flag of each type, in the fixed order."""
        return answer(read_differential(instrument, instrument.slides.current, references.read()))

    return routes


def open_references(instrument: Instrument) -> References:
    """Find the reference ranges of an instrument; they lie beside its records."""
    return References(instrument.store.path.parent, instrument.settings.reference)


def read_differential(instrument: Instrument, slide: OpenSlide, reference: Reference) -> DifferentialFacts:
    """Read the count of a slide as it is now.

    Types that the bundle cannot name are left out unless a person has named a cell so.

    Args:
        instrument: gives the bundle and the records.
        slide: whose count.
        reference: ranges to hold it against.

    Returns:
        The differential.
    """
    named = instrument.bundle.manifest.classes
    counted = Differential.of(dict.fromkeys(named, 0) | count_cells(instrument.store.readers, slide.id))
    width = instrument.settings.counting.interval_width_percent
    judged = judge_shares(counted, reference.ranges)
    rows = tuple(
        describe_share(share, counted.total, reference.ranges.get(share.cell_type), judged[share.cell_type], width)
        for share in counted.shares
        if share.count or share.cell_type in named
    )
    return DifferentialFacts(
        slide=SlideFacts.model_validate(slide),
        total=counted.total,
        unidentified=counted.unidentified,
        reached=counted.total >= slide.target,
        rows=rows,
        reference_source=reference.source,
        interval_width_percent=width,
        more_needed=max((row.more_needed for row in rows), default=0),
        signed=find_signature(instrument.store.readers, slide.id) is not None,
    )


def describe_share(share: Share, total: int, usual: Range | None, judged: Judgement, width: float) -> ShareFacts:
    """Give one line of a differential in the form of the API.

    Args:
        share: the line.
        total: identified cells of the differential.
        usual: the type's reference range; None: it has none.
        judged: the line held against it.
        width: of an interval that is narrow enough, in points.
    """
    return ShareFacts(
        cell_type=share.cell_type,
        count=share.count,
        percent=share.percent,
        interval_percent=(share.low_percent, share.high_percent),
        reference_percent=(usual.low, usual.high) if usual else None,
        flag=judged.flag,
        flag_sure=judged.sure,
        more_needed=count_more(share.count, total, width),
    )
