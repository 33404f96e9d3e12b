"""What a browser may do with an answer: the rule for every answer, and the one exception."""

import base64
import hashlib

from flask import Response

CONTENT_POLICY = (
    "default-src 'none'; img-src 'self' blob:; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""Nothing from elsewhere, nothing written into the page itself: no inline script, no inline style."""

SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_HEADERS = (*SECURITY_HEADERS.items(), ("Cache-Control", "no-store"))


def mark(response: Response) -> Response:
    """Give an answer the headers it has not got yet.

    Args:
        response: about to leave.

    Returns:
        The same.
    """
    has = {name.lower() for name, _ in response.headers}
    response.headers.extend([(name, value) for name, value in _HEADERS if name.lower() not in has])
    return response


def allow_self_contained(response: Response, styles: tuple[str, ...]) -> Response:
    """Let one answer bring its own style and pictures: a report that is to be kept as one file.

    Everything else is shut, scripts and connections too. A style counts by its hash, so that nothing which found its
    way into the text can add another.

    Args:
        response: the report.
        styles: what stands between <style> and </style>, to the last space, for each.

    Returns:
        The same, marked.
    """
    hashes = " ".join(f"'sha256-{_hash(style)}'" for style in styles) or "'none'"
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; img-src data:; style-src {hashes}; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return response


def _hash(style: str) -> str:
    return base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
