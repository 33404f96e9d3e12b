"""What the API's answers have in common: JSON made by a model, and a "no" in one sentence."""

import logging

from flask import Response
from flask_openapi3.openapi import OpenAPI
from pydantic import BaseModel
from werkzeug.exceptions import HTTPException

from contract.failures import Refusal
from device.page.schemas import Problem

log = logging.getLogger(__name__)

MACHINE = 5
"""Exit code of a refusal whose reason is the machine: disk, database."""


def answer(model: BaseModel, status: int = 200) -> Response:
    """Give a model as JSON."""
    return Response(model.model_dump_json(by_alias=True), status, mimetype="application/json")


def refuse(status: int, message: str) -> Response:
    """Say no, in a sentence that a person can act on."""
    return answer(Problem(message=message), status)


def install_refusals(app: OpenAPI) -> None:
    """Give every error the same form: {"message": sentence}.

    A refusal of ours is 503 when the machine is the reason (disk, database), else 400. What nobody foresaw is logged
    with its traceback by Flask and becomes a 500 that tells nothing of the inside.

    Args:
        app: the application.
    """

    @app.errorhandler(HTTPException)
    def say_no(error: HTTPException) -> Response:
        if isinstance(error.response, Response):  # pydantic's findings about a request, already an answer
            return error.response
        return refuse(error.code or 500, error.description or error.name)

    @app.errorhandler(Refusal)
    def say_why(refusal: Refusal) -> Response:
        log.warning("request refused: %s", refusal)
        return refuse(503 if refusal.exit_code == MACHINE else 400, str(refusal))
