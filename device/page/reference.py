"""What is usual in a differential: looked at by everybody, set by an administrator."""

from flask import Response, render_template
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from contract.cell_types import APART, UNIDENTIFIED
from contract.reference import Range, RangeError
from device.page.answers import answer, refuse
from device.page.differential import open_references
from device.page.instrument import Instrument
from device.page.review_keys import order_types
from device.page.schemas import Problem
from device.page.signing_facts import NewReference, ReferenceFacts
from device.page.who import name_operator, require_administrator
from device.review.reference import Reference

_TAG = Tag(name="reference", description="Reference ranges, beside which shares are flagged")


def make_reference(instrument: Instrument) -> APIBlueprint:
    """Make the routes of reference ranges.

    Args:
        instrument: gives the data folder, and the classes.

    Returns:
        The routes.
    """
    routes = APIBlueprint("reference", __name__, abp_tags=[_TAG])
    references = open_references(instrument)
    types = tuple(
        name for name in order_types(instrument.bundle.manifest.classes) if name not in (UNIDENTIFIED, *APART)
    )

    @routes.get("/api/v1/reference", summary="Reference ranges in force", responses={200: ReferenceFacts, 503: Problem})
    def ranges() -> Response:
        """Give the ranges by cell type, and where they are from."""
        return answer(_describe(references.read(), types))

    @routes.put(
        "/api/v1/reference",
        summary="Set the reference ranges",
        responses={200: ReferenceFacts, 400: Problem, 403: Problem, 503: Problem},
    )
    def set_ranges(body: NewReference) -> Response:
        """Set the ranges from now on; signed differentials keep those they were signed with."""
        refusal = require_administrator()
        if refusal is not None:
            return refusal
        try:
            wanted = {name: Range(*ends) for name, ends in body.percent.items()}
        except RangeError as no:
            return refuse(400, str(no))
        before = references.read().percent
        operator = name_operator(body.operator)
        now = references.write(body.source.strip(), wanted, operator)
        detail = {"before": before, "after": now.percent, "source": now.source, "operator": operator}
        instrument.store.add_event("info", "reference ranges", detail)
        return answer(_describe(now, types))

    @routes.route("/settings/reference")
    def page() -> str:
        return render_template("reference.html")

    return routes


def _describe(reference: Reference, types: tuple[str, ...]) -> ReferenceFacts:
    shown = tuple(dict.fromkeys((*types, *reference.ranges)))
    percent = {name: (one.low, one.high) for name, one in reference.ranges.items()}
    return ReferenceFacts(
        source=reference.source, percent=percent, set_by=reference.set_by, set_at=reference.set_at, types=shown
    )
