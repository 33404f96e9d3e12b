"""How a slide begins, which there were, and the pages where one is found and reviewed."""

from datetime import date, datetime, time, timedelta

from flask import Response, render_template
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from device.keeping.slides import OpenSlide
from device.page.answers import answer, refuse
from device.page.differential import open_references, read_differential
from device.page.instrument import Instrument
from device.page.palette import describe_palette
from device.page.review_facts import SignedFacts, SlideReview, TypeFacts
from device.page.review_keys import choose_keys, order_types
from device.page.review_wishes import SlidePath, SlideQuery
from device.page.schemas import DifferentialFacts, Problem, SlideEntry, SlideFacts, SlideList
from device.page.who import name_operator
from device.page.wishes import NewSlide
from device.review.holdings import Holdings
from device.review.signed import find_signature
from device.review.slide_search import Entry, SlideWish, find_slide, search_slides

NO_SLIDE = "no such slide (expected an id of the list)"
SIGNED = "the slide is signed (expected one whose count is open)"
OTHER_BUNDLE = "counted with {bundle} (expected the bundle in use: two would mix in one count)"

_TAG = Tag(name="slides", description="Slides, the open one and those before")


def make_slides(instrument: Instrument) -> APIBlueprint:
    """Make the routes of slides.

    Args:
        instrument: opens slides and holds their records.

    Returns:
        The routes.
    """
    routes = APIBlueprint("slides", __name__, abp_tags=[_TAG])
    readers, types = instrument.store.readers, describe_types(instrument.bundle.manifest.classes)
    holdings = Holdings(readers)

    @routes.get("/api/v1/slides", summary="Slides, newest first", responses={200: SlideList})
    def slides(query: SlideQuery) -> Response:
        """List slides with what they hold, newest first; `before` is `next` of the page before."""
        since, until = begin_day(query.since), end_day(query.until)
        wish = SlideWish(query.accession, query.operator, since, until, query.before, query.limit)
        found, following = search_slides(readers, wish, holdings)
        return answer(SlideList(slides=tuple(SlideEntry.model_validate(one) for one in found), next=following))

    @routes.post("/api/v1/slides", summary="Begin a slide", responses={201: SlideFacts, 403: Problem, 503: Problem})
    def open_slide(body: NewSlide) -> Response:
        """Begin a slide; the one before it is done, its cells stay stored."""
        operator = name_operator(body.operator)
        opened = instrument.slides.open(accession=body.accession, operator=operator, target=body.target)
        return answer(SlideFacts.model_validate(opened), 201)

    @routes.get("/api/v1/slides/<slide_id>", summary="A slide", responses={200: SlideReview, 404: Problem})
    def slide(path: SlidePath) -> Response:
        """Give a slide with its differential, the types its cells can be given, and whether it is signed."""
        entry = find_slide(readers, path.slide_id)
        if entry is None:
            return refuse(404, NO_SLIDE)
        signature = find_signature(readers, path.slide_id)
        more = {
            "differential": tell_differential(instrument, entry),
            "types": types,
            "signed": None if signature is None else SignedFacts.model_validate(signature),
        }
        return answer(SlideReview.model_validate(entry | more))

    @routes.post(
        "/api/v1/slides/<slide_id>/resume",
        summary="Count on with a slide",
        responses={200: SlideFacts, 403: Problem, 404: Problem, 409: Problem},
    )
    def resume(path: SlidePath) -> Response:
        """Let a slide lie on the stage again; its cells are known and none of them counts twice."""
        entry = find_slide(readers, path.slide_id)
        if entry is None:
            return refuse(404, NO_SLIDE)
        if find_signature(readers, path.slide_id) is not None:
            return refuse(409, SIGNED)
        if entry["bundle_id"] != instrument.bundle.bundle_id:
            return refuse(409, OTHER_BUNDLE.format(bundle=entry["bundle_id"]))
        return answer(SlideFacts.model_validate(instrument.slides.resume(_as_open(entry))))

    @routes.route("/slides")
    def slides_page() -> str:
        return render_template("slides.html")

    @routes.route("/slides/<slide_id>")
    def review_page(slide_id: str) -> str | Response:
        entry = find_slide(readers, slide_id)
        return refuse(404, NO_SLIDE) if entry is None else render_template("review.html", slide=entry)

    return routes


def tell_differential(instrument: Instrument, entry: Entry) -> DifferentialFacts:
    """Give the count of any slide as it is now.

    Args:
        instrument: gives the bundle, the records and the reference ranges.
        entry: of the slide, from `device.review.slide_search.find_slide`.

    Returns:
        Its differential.
    """
    return read_differential(instrument, _as_open(entry), open_references(instrument).read())


def _as_open(entry: Entry) -> OpenSlide:
    return OpenSlide(*(entry[name] for name in ("id", "accession", "operator", "target")))


def describe_types(classes: tuple[str, ...]) -> tuple[TypeFacts, ...]:
    """Describe the types that a person can name, in the order people read them."""
    names, palette = order_types(classes), describe_palette(classes)
    keys = choose_keys(names)
    return tuple(TypeFacts(name=name, key=keys[name], **palette[name]) for name in names)


def begin_day(day: date | None) -> datetime | None:
    """Give the moment at which a day begins where the device stands."""
    return None if day is None else datetime.combine(day, time.min).astimezone()


def end_day(day: date | None) -> datetime | None:
    """Give the moment at which a day ends where the device stands."""
    return None if day is None else begin_day(day + timedelta(days=1))
