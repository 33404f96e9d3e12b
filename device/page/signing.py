"""How a slide is signed on the page, and what is signed already."""

from flask import Response, current_app, render_template
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from contract.counts import count_cells
from device.page.answers import answer, refuse
from device.page.differential import open_references
from device.page.instrument import Instrument
from device.page.review_wishes import SlidePath
from device.page.schemas import Problem
from device.page.signing_facts import NewSignature, SigningFacts
from device.page.slides import NO_SLIDE, tell_differential
from device.page.who import name_operator
from device.review.reference import Reference
from device.review.signed import SECOND_READER, find_amendments, find_signatures
from device.review.signing import SigningError, Word, find_obstacles, write_signature
from device.review.slide_search import Entry, find_slide

_TAG = Tag(name="signing", description="Who answers for a differential; what is signed stays as it was signed")


def make_signing(instrument: Instrument) -> APIBlueprint:
    """Make the routes of signatures.

    Args:
        instrument: holds the records.

    Returns:
        The routes.
    """
    routes = APIBlueprint("signing", __name__, abp_tags=[_TAG])
    readers, references = instrument.store.readers, open_references(instrument)

    @routes.get(
        "/api/v1/slides/<slide_id>/signatures",
        summary="What is signed, and what is in the way",
        responses={200: SigningFacts, 404: Problem, 503: Problem},
    )
    def signatures(path: SlidePath) -> Response:
        """Give the count to be signed, what a reason must be given for, every signature and what came after."""
        entry = find_slide(readers, path.slide_id)
        return refuse(404, NO_SLIDE) if entry is None else answer(_tell_signing(instrument, entry))

    @routes.post(
        "/api/v1/slides/<slide_id>/signatures",
        summary="Sign a differential",
        responses={201: SigningFacts, 403: Problem, 404: Problem, 409: Problem, 503: Problem},
    )
    def sign(path: SlidePath, body: NewSignature) -> Response:
        """Sign what was seen, and nothing that was counted since; from then on every change needs a reason."""
        entry = find_slide(readers, path.slide_id)
        if entry is None:
            return refuse(404, NO_SLIDE)
        word = Word(
            operator=name_operator(body.operator),
            role=body.role,
            seen=body.counts,
            override_reason=body.override_reason,
            statement=read_statement(body.role),
            context=_describe_context(references.read(), entry["target"]),
        )
        try:
            with instrument.store.write() as writing:
                write_signature(writing, path.slide_id, word)
        except SigningError as no:
            return refuse(409, str(no))
        return answer(_tell_signing(instrument, entry), 201)

    @routes.route("/slides/<slide_id>/sign")
    def page(slide_id: str) -> str | Response:
        entry = find_slide(readers, slide_id)
        return refuse(404, NO_SLIDE) if entry is None else render_template("sign.html", slide=entry)

    return routes


def read_statement(role: str) -> str:
    """Give the words that are signed."""
    words = current_app.jinja_env.globals["t"]
    assert isinstance(words, dict)
    return str(words["sign"]["statement_second" if role == SECOND_READER else "statement"])


def _describe_context(reference: Reference, target: int) -> dict[str, object]:
    return {"target": target, "reference": {"source": reference.source, "percent": reference.percent}}


def _tell_signing(instrument: Instrument, entry: Entry) -> SigningFacts:
    engine, slide_id = instrument.store.readers, entry["id"]
    counts = count_cells(engine, slide_id)
    signed = find_signatures(engine, slide_id)
    amendments = find_amendments(engine, slide_id, signed[-1].seq) if signed else ()
    return SigningFacts.model_validate(
        {
            "state": ("amended" if amendments else "signed") if signed else "preliminary",
            "accession": entry["accession"],
            "obstacles": find_obstacles(counts),
            "counts": counts,
            "differential": tell_differential(instrument, entry),
            "signatures": signed,
            "second_signatures": find_signatures(engine, slide_id, SECOND_READER),
            "amendments": amendments,
            "statement": read_statement("signer"),
        }
    )
