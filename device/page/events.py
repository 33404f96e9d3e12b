"""What happened lately: starts, camera faults, calibrations; the same rows that go to the lab."""

from datetime import datetime
from typing import Annotated, Any, Literal

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag
from pydantic import BaseModel, Field
from sqlalchemy import Select, select, union_all

from contract.tables import EVENT_LEVELS, device, event
from device.page.answers import answer
from device.page.instrument import Instrument
from device.page.query import Query

MOST_EVENTS = 30
"""Events on one page; who wants older ones goes on from its `next`, so that no answer grows with what happened."""

_TAG = Tag(name="events", description="What happened beside the frames")


class EventFilter(Query):
    """Which events to list; `before` is `next` of the page before."""

    limit: Annotated[int, Field(ge=1, le=MOST_EVENTS)] = MOST_EVENTS
    least: Literal["info", "warning", "error"] = "info"
    before: Annotated[int, Field(ge=1, lt=2**63)] | None = None


class EventFacts(BaseModel):
    """Something that happened."""

    id: str
    at: datetime
    level: str
    kind: str
    detail: dict[str, Any]


class EventList(BaseModel):
    """Events, newest first; `next` is where older ones begin, null where there are none."""

    events: tuple[EventFacts, ...]
    next: int | None


def make_events(instrument: Instrument) -> APIBlueprint:
    """Make the route of events.

    Args:
        instrument: holds the records.

    Returns:
        The route.
    """
    routes = APIBlueprint("events", __name__, abp_tags=[_TAG])
    readers = instrument.store.readers

    @routes.get("/api/v1/events", summary="Events, newest first", responses={200: EventList})
    def events(query: EventFilter) -> Response:
        """List what happened, of this level or graver."""
        with readers.connect() as connection:
            rows = list(connection.execute(_select(query)).mappings())
        listed = rows[: query.limit]
        following = listed[-1]["seq"] if len(rows) > query.limit else None
        return answer(EventList(events=tuple(EventFacts.model_validate(dict(row)) for row in listed), next=following))

    return routes


def _select(query: EventFilter) -> Select[Any]:
    """Select a page of events, and one more by which it is seen that there are others."""
    levels = EVENT_LEVELS[EVENT_LEVELS.index(query.least) :]
    older = () if query.before is None else (event.c.seq < query.before,)
    # each level has its own end of the index: graver ones are few and may lie far back
    ends = [
        select(event.c.seq)
        .where(event.c.level == level, *older)
        .order_by(event.c.seq.desc())
        .limit(query.limit + 1)
        .subquery()
        for level in levels
    ]
    seqs = union_all(*(select(end) for end in ends)).subquery()
    newest = select(seqs.c.seq).order_by(seqs.c.seq.desc()).limit(query.limit + 1)
    own = event.c.device_id == select(device.c.id).scalar_subquery()  # whose sequence has an index
    return select(event).where(own, event.c.seq.in_(newest)).order_by(event.c.seq.desc())
