"""How far two readers agree, and whether two differentials differ by more than chance."""

from collections import Counter

from flask import Response, render_template
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from contract.agreement import compare_readings
from contract.chance import compare_differentials
from contract.counts import count_cells
from contract.differential import Differential
from device.page.answers import answer, refuse
from device.page.instrument import Instrument
from device.page.review_wishes import SlidePath
from device.page.schemas import Problem
from device.page.signing_facts import (
    AgreementFacts,
    AgreementFigures,
    ComparedFacts,
    ComparedSlide,
    ComparisonFacts,
    OtherSlide,
    ReaderFacts,
    ReaderFilter,
)
from device.page.slides import NO_SLIDE
from device.review.second_reading import list_cells, list_readers
from device.review.slide_search import Entry, find_slide

_TAG = Tag(name="agreement", description="Two readers of the same cells, and two differentials of different ones")


def make_agreement(instrument: Instrument) -> APIBlueprint:
    """Make the routes of comparisons.

    Args:
        instrument: holds the records.

    Returns:
        The routes.
    """
    routes = APIBlueprint("agreement", __name__, abp_tags=[_TAG])
    readers = instrument.store.readers

    @routes.get(
        "/api/v1/slides/<slide_id>/agreement",
        summary="A second reading beside the first",
        responses={200: AgreementFacts, 404: Problem},
    )
    def agreement(path: SlidePath, query: ReaderFilter) -> Response:
        """Give Cohen's kappa with its interval, the table of names and each type's agreement."""
        if find_slide(readers, path.slide_id) is None:
            return refuse(404, NO_SLIDE)
        return answer(_tell_agreement(instrument, path.slide_id, query.operator))

    @routes.get(
        "/api/v1/slides/<slide_id>/comparison",
        summary="Two slides side by side",
        responses={200: ComparisonFacts, 404: Problem},
    )
    def comparison(path: SlidePath, query: OtherSlide) -> Response:
        """Say for each type whether two slides differ by more than the choice of cells explains."""
        entries = [find_slide(readers, slide_id) for slide_id in (path.slide_id, query.other)]
        if None in entries:
            return refuse(404, NO_SLIDE)
        counts = [count_cells(readers, slide_id) for slide_id in (path.slide_id, query.other)]
        slides = [_describe(entry, count) for entry, count in zip(entries, counts, strict=True) if entry is not None]
        compared = tuple(ComparedFacts.model_validate(line) for line in compare_differentials(*counts))
        return answer(ComparisonFacts(slides=(slides[0], slides[1]), compared=compared))

    @routes.route("/slides/<slide_id>/agreement")
    def page(slide_id: str) -> str | Response:
        entry = find_slide(readers, slide_id)
        return refuse(404, NO_SLIDE) if entry is None else render_template("agreement.html", slide=entry)

    return routes


def _tell_agreement(instrument: Instrument, slide_id: str, wanted: str) -> AgreementFacts:
    engine = instrument.store.readers
    found = list_readers(engine, slide_id)
    operator = wanted or (found[-1].operator if found else "")
    cells = list_cells(engine, slide_id, operator)
    pairs = [(one.first_type, one.own_type) for one in cells if one.own_type is not None]
    first, second = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    return AgreementFacts(
        readers=tuple(ReaderFacts.model_validate(one) for one in found),
        operator=operator,
        unread=len(cells) - len(pairs),
        figures=AgreementFigures.model_validate(compare_readings(first, second)),
        compared=tuple(
            ComparedFacts.model_validate(line) for line in compare_differentials(Counter(first), Counter(second))
        ),
    )


def _describe(entry: Entry, counts: dict[str, int]) -> ComparedSlide:
    counted = Differential.of(counts)
    return ComparedSlide.model_validate(entry | {"total": counted.total, "unidentified": counted.unidentified})
