"""How records leave the device: a page of rows at a time, from where the receiver stands."""

import json

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from contract.feed import MOST_ROWS, FeedPage, read_records
from device.keeping.store import Store
from device.page.wishes import RecordsAfter

_TAG = Tag(name="records", description="The feed that a workstation reads")


def make_records(store: Store) -> APIBlueprint:
    """Make the route of the feed.

    Args:
        store: holds the records.

    Returns:
        The route.
    """
    routes = APIBlueprint("records", __name__, abp_tags=[_TAG])

    @routes.get("/api/v1/records", summary="Records in order", responses={200: FeedPage})
    def records(query: RecordsAfter) -> Response:
        """Give the next records after a seq; the receiver keeps the cursor, so asking twice does no harm."""
        page = read_records(store.readers, query.after, min(query.limit, MOST_ROWS), store.device_id)
        # plain JSON already, and hundreds of kilobytes of it; the receiver checks it
        text = json.dumps(page, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
        return Response(text, mimetype="application/json")

    return routes
