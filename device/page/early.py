"""Large requests are judged by their head alone, by the guards that every request passes, before the body is kept."""

from typing import Any

from flask import Flask, Response, request
from waitress.utilities import Error
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from device.page.body_limits import limit_body


class Refused(Error):  # type: ignore[misc]
    """The answer of a guard; the web server gives it instead of asking the application."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status)
        self._response = response

    def to_response(self, _ident: str | None = None) -> tuple[str, list[tuple[str, str]], bytes]:
        """Give status, headers and body as the web server wants them."""
        return self._response.status, self._response.headers.to_wsgi_list(), self._response.get_data()


def brings_password(environ: dict[str, Any]) -> bool:
    """Say whether a request brings a password of its own: to check it takes longer than a head may take."""
    return "HTTP_AUTHORIZATION" in environ


def find_refusal(app: Flask, environ: dict[str, Any], brought: int) -> Refused | None:
    """Ask the guards about a request whose body is still on its way; takes no longer than to look up a session.

    Args:
        app: the page.
        environ: of the request, its body left out.
        brought: bytes that the body has, as far as is known.

    Returns:
        The answer; None: the body may come. Where it brings a password, that is checked when the body is there.
    """
    with app.request_context(environ):
        try:
            refusal = limit_body() if brings_password(environ) else app.preprocess_request()
            if refusal is None and brought > (request.max_content_length or 0):
                raise RequestEntityTooLarge
        except HTTPException as error:
            refusal = app.handle_user_exception(error)
        return None if refusal is None else Refused(app.process_response(app.make_response(refusal)))
