"""How much a request may bring: one table, looked at before a byte of the body is read by a route."""

from flask import Response, request

from device.page.upload_guard import MOST_BYTES

MOST_JSON_BYTES = 64 * 1024
"""No request of the API that is not an upload needs more."""

BODY_LIMITS: dict[str, int] = {"POST /api/v1/uploads": MOST_BYTES}
"""Bytes, by method and path as Flask writes it, of the routes that need more: an upload for example."""

MOST_HEADER_BYTES = 16 * 1024
"""Of a request's line and headers together; a browser sends one or two thousand."""


def find_most_bytes() -> int:
    """Give what the web server must let in for the routes to decide."""
    return max(MOST_JSON_BYTES, *BODY_LIMITS.values()) if BODY_LIMITS else MOST_JSON_BYTES


def limit_body() -> Response | None:
    """Set the limit of the request's own route; Flask refuses with 413 whatever is larger."""
    rule = request.url_rule.rule if request.url_rule else ""
    request.max_content_length = BODY_LIMITS.get(f"{request.method} {rule}", MOST_JSON_BYTES)
    return None
