"""Which route needs which role: one table, and what is not in it needs an administrator."""

from typing import Literal

Role = Literal["technician", "administrator"]

ROLES: tuple[Role, ...] = ("technician", "administrator")

Need = Literal["nobody", "technician", "administrator"]
"""Who must have signed in; `nobody`: whoever reaches the page."""

_NOBODY = (
    "GET /static/<path:filename>",  # the program's own files, which anybody can read where they are published
    "GET /palette.css",
    "GET /sign-in",
    "GET /api/v1/session",
    "POST /api/v1/session",
)

_TECHNICIAN = (
    "GET /",
    "GET /openapi/openapi.json",
    "GET /healthz",
    "GET /metrics",
    "GET /stream.mjpg",
    "GET /settings",
    "DELETE /api/v1/session",
    "PUT /api/v1/session/password",
    "GET /api/v1/status",
    "GET /api/v1/frame.jpg",
    "GET /api/v1/view.jpg",
    "GET /api/v1/frame.json",
    "PUT /api/v1/frames/<int:seq>/hold",
    "GET /api/v1/frames/<int:seq>/cells/<int:cell>/heat_map.png",
    "GET /api/v1/differential",
    "POST /api/v1/differential/undo",
    "GET /api/v1/map",
    "GET /api/v1/slides",
    "POST /api/v1/slides",
    "POST /api/v1/slides/<slide_id>/resume",
    "GET /slides",
    "GET /slides/<slide_id>",
    "GET /api/v1/slides/<slide_id>",
    "GET /api/v1/slides/<slide_id>/cells",
    "GET /api/v1/slides/<slide_id>/captures.zip",
    "GET /api/v1/cells/<cell_id>",
    "GET /api/v1/cells/<cell_id>/picture.jpg",
    "GET /api/v1/fields/<field_id>",
    "GET /api/v1/fields/<field_id>/picture.jpg",
    "GET /captures",
    "GET /api/v1/captures/<capture_id>/frame.json",
    "DELETE /api/v1/captures/<capture_id>",
    "GET /api/v1/captures",
    "POST /api/v1/captures",
    "GET /api/v1/captures/<capture_id>/raw.png",
    "GET /api/v1/captures/<capture_id>/annotated.jpg",
    "POST /api/v1/reviews",
    "POST /api/v1/reviews/batch",
    "POST /api/v1/reviews/undo",
    "GET /api/v1/records",
    "GET /api/v1/settings",
    "GET /slides/<slide_id>/sign",
    "GET /slides/<slide_id>/second",
    "GET /slides/<slide_id>/agreement",
    "GET /slides/<slide_id>/report.html",
    "GET /slides/<slide_id>/report.pdf",
    "GET /slides/<slide_id>/report.csv",
    "GET /settings/reference",
    "GET /api/v1/slides/<slide_id>/signatures",
    "POST /api/v1/slides/<slide_id>/signatures",
    "GET /api/v1/slides/<slide_id>/reading",
    "POST /api/v1/slides/<slide_id>/reading",
    "GET /api/v1/slides/<slide_id>/agreement",
    "GET /api/v1/slides/<slide_id>/comparison",
    "GET /api/v1/reference",
    "GET /api/v1/bundles",
    "GET /api/v1/calibration",
    "GET /api/v1/optics",
    "GET /api/v1/optics/<name>/picture.png",
    "GET /api/v1/drift",
    "GET /api/v1/events",
    "GET /upload",
    "POST /api/v1/uploads",
    "POST /api/v1/uploads/differential",
)

_ADMINISTRATOR = (
    "PUT /api/v1/settings",
    "PUT /api/v1/reference",
    "GET /api/v1/users",
    "PUT /api/v1/users/<name>",
    "DELETE /api/v1/users/<name>",
    "POST /api/v1/bundles/use",
    "POST /api/v1/calibration",
    "POST /api/v1/calibration/rollback",
    "POST /api/v1/optics",
    "POST /api/v1/optics/stop",
    "POST /api/v1/optics/undo",
)

NEEDS: dict[str, Need] = {
    **dict.fromkeys(_NOBODY, "nobody"),
    **dict.fromkeys(_TECHNICIAN, "technician"),
    **dict.fromkeys(_ADMINISTRATOR, "administrator"),
}
"""By method and path as Flask writes it. A record that only its owner or an administrator may delete stands under
technician; its route looks at the owner (`device.page.who.refuse_other`)."""


def find_need(method: str, rule: str | None) -> Need:
    """Say who may ask for a route.

    Args:
        method: of the request; HEAD and OPTIONS are as good as GET.
        rule: the route's path as Flask writes it; None: there is no such route.

    Returns:
        Whom it takes; whoever signed in learns that there is no such route, nobody else does.
    """
    if rule is None:
        return "technician"
    if method in {"HEAD", "OPTIONS"}:
        known = {NEEDS[entry] for entry in NEEDS if entry.partition(" ")[2] == rule}
        return min(known, key=("nobody", *ROLES).index, default="administrator")
    return NEEDS.get(f"{method} {rule}", "administrator")
