"""What happened lately: starts, camera faults, calibrations; the same rows that go to the lab."""

from datetime import datetime
from typing import Annotated, Any, Literal

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select, union_all

from contract.tables import EVENT_LEVELS, event
from device.page.answers import answer
from device.page.instrument import Instrument

_TAG = Tag(name="events", description="What happened beside the frames")


class EventFilter(BaseModel):
    """Which events to list."""

    model_config = ConfigDict(extra="forbid")

    limit: Annotated[int, Field(ge=1, le=1000)] = 50
    least: Literal["info", "warning", "error"] = "info"


class EventFacts(BaseModel):
    """Something that happened."""

    id: str
    at: datetime
    level: str
    kind: str
    detail: dict[str, Any]


class EventList(BaseModel):
    """Events, newest first."""

    events: tuple[EventFacts, ...]


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
        levels = EVENT_LEVELS[EVENT_LEVELS.index(query.least) :]
        # each level has its own end of the index: graver ones are few and may lie far back
        ends = [
            select(event.c.id, event.c.seq)
            .where(event.c.level == level)
            .order_by(event.c.seq.desc())
            .limit(query.limit)
            .subquery()
            for level in levels
        ]
        ids = union_all(*(select(end) for end in ends)).subquery()
        newest = select(event.c.id, event.c.at, event.c.level, event.c.kind, event.c.detail)
        newest = newest.join(ids, ids.c.id == event.c.id).order_by(ids.c.seq.desc()).limit(query.limit)
        with readers.connect() as connection:
            rows = connection.execute(newest).mappings()
            found = tuple(EventFacts.model_validate(dict(row)) for row in rows)
        return answer(EventList(events=found))

    return routes
