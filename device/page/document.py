"""What the OpenAPI document says of every operation alike: the answers of the guards that stand before all routes."""

from typing import Any

from device.page.body_limits import BODY_LIMITS, MOST_JSON_BYTES
from device.page.roles import NEEDS

SECURITY_SCHEMES: dict[str, Any] = {
    "password": {"type": "http", "scheme": "basic", "description": "For programs, with every request."},
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "leukoscope_PORT",
        "description": "For browsers, from POST /api/v1/session; what changes something brings X-Leukoscope-Token too.",
    },
}

_GUARDS = {
    "400": "the Host header names another device, or the request does not fit",
    "401": "not signed in",
    "403": "from another site, without the token of the session, or not allowed to this role",
    "429": "too many wrong passwords",
    "503": "the disk or the database cannot be used, or another is at it",
}
_PROBLEM = {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}}


def describe_guards(document: dict[str, Any]) -> dict[str, Any]:
    """Write the guards' answers, and whether one has to sign in, into every operation.

    Args:
        document: as it was made from the routes.

    Returns:
        The same.
    """
    for path, operations in document["paths"].items():
        rule = path.replace("{", "<").replace("}", ">")
        for method, operation in operations.items():
            for status, words in _GUARDS.items():
                operation["responses"].setdefault(status, {"description": words, "content": _PROBLEM})
            if "{" in path:
                _add(operation, "404", "there is no such thing")
            if "requestBody" in operation:
                most = BODY_LIMITS.get(f"{method.upper()} {rule}", MOST_JSON_BYTES)
                _add(operation, "413", f"larger than {most} bytes")
                _add(operation, "415", "no JSON")
            operation["security"] = [] if _needs_nobody(method, rule) else [{"password": []}, {"session": []}]
    _simplify_pairs(document)
    return document


def _simplify_pairs(part: Any) -> None:
    """Write a tuple of equals as a list of that length: it means the same, and more programs can read it."""
    if isinstance(part, dict):
        ends = part.get("prefixItems")
        if isinstance(ends, list) and all(end == ends[0] for end in ends) and part.get("maxItems") == len(ends):
            part["items"] = part.pop("prefixItems")[0]
    for inner in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        _simplify_pairs(inner)


def _add(operation: dict[str, Any], status: str, words: str) -> None:
    operation["responses"].setdefault(status, {"description": words, "content": _PROBLEM})


def _needs_nobody(method: str, rule: str) -> bool:
    return NEEDS.get(f"{method.upper()} {rule}") == "nobody"
