"""What the count says now."""

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from contract.counts import count_cells
from contract.differential import Differential
from device.page.answers import answer
from device.page.instrument import Instrument
from device.page.schemas import DifferentialFacts, ShareFacts, SlideFacts

_TAG = Tag(name="differential", description="The running count of the open slide")


def make_differential(instrument: Instrument) -> APIBlueprint:
    """Make the route of the running count.

    Args:
        instrument: gives the open slide and the records.

    Returns:
        The route.
    """
    routes = APIBlueprint("differential", __name__, abp_tags=[_TAG])

    @routes.get("/api/v1/differential", summary="Running differential", responses={200: DifferentialFacts})
    def differential() -> Response:
        """Give count, whole percent and exact 95 % interval of each type, in the fixed order."""
        return answer(read_differential(instrument))

    return routes


def read_differential(instrument: Instrument) -> DifferentialFacts:
    """Read the count of the open slide.

    Types that the bundle cannot name are left out unless a person has named a cell so.

    Args:
        instrument: gives the open slide and the records.

    Returns:
        The differential.
    """
    slide = instrument.slides.current
    named = instrument.bundle.manifest.classes
    counted = Differential.of(dict.fromkeys(named, 0) | count_cells(instrument.store.readers, slide.id))
    rows = tuple(
        ShareFacts(
            cell_type=share.cell_type,
            count=share.count,
            percent=share.percent,
            interval_percent=(share.low_percent, share.high_percent),
        )
        for share in counted.shares
        if share.count or share.cell_type in named
    )
    return DifferentialFacts(
        slide=SlideFacts.model_validate(slide),
        total=counted.total,
        unidentified=counted.unidentified,
        reached=counted.total >= slide.target,
        rows=rows,
    )
