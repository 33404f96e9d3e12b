"""Signing in and out, and one's own password."""

from flask import Response, g, redirect, render_template, request
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag
from werkzeug.wrappers import Response as AnyResponse

from device.page.answers import answer, refuse
from device.page.gate import Gate, SignedIn, SignInRefused, cookie_name, read_local_path, refuse_for
from device.page.passwords import write_password
from device.page.schemas import Problem
from device.page.sign_in_schemas import OwnPassword, SessionFacts, SignIn
from device.page.who import current_user

WRONG = "user or password is wrong (expected both as they were given to you)"
NOT_NEEDED = "nobody has to sign in here (expected a device.page.password_file)"

_TAG = Tag(name="session", description="Signing in, where the page is served beyond its own machine")


def make_sign_in(gate: Gate) -> APIBlueprint:
    """Make the sign-in page and the routes of the session.

    Args:
        gate: knows who may come in.

    Returns:
        The routes.
    """
    routes = APIBlueprint("sign_in", __name__, abp_tags=[_TAG])

    @routes.route("/sign-in")
    def sign_in_page() -> AnyResponse | str:
        towards = read_local_path(request.args.get("next", "/"))
        if gate.accounts is None or "session" in g:
            return redirect(towards, 303)
        return render_template("sign_in.html", towards=towards, idle_min=gate.idle_min)

    @routes.get("/api/v1/session", summary="Who asks", responses={200: SessionFacts})
    def session() -> Response:
        """Say who is signed in, and give the token that every change has to bring."""
        return answer(_describe(gate))

    @routes.post(
        "/api/v1/session",
        summary="Sign in",
        responses={201: SessionFacts, 401: Problem, 403: Problem, 409: Problem, 429: Problem},
    )
    def sign_in(body: SignIn) -> Response:
        """Begin a session; a cookie that scripts cannot read names it from then on."""
        if gate.accounts is None:
            return refuse(409, NOT_NEEDED)
        try:
            found = gate.sign_in(body.name, body.password)
        except SignInRefused as refused:
            return refuse_for(refused)
        return _hand_over(found) if found else refuse(401, WRONG)

    @routes.delete("/api/v1/session", summary="Sign out", responses={204: {"description": "over"}, 403: Problem})
    def sign_out() -> Response:
        """End the session."""
        gate.sign_out()
        response = Response(status=204)
        response.delete_cookie(cookie_name(), httponly=True, samesite="Strict")
        return response

    @routes.put(
        "/api/v1/session/password",
        summary="Change one's own password",
        responses={201: SessionFacts, 400: Problem, 403: Problem, 409: Problem, 429: Problem},
    )
    def change_password(body: OwnPassword) -> Response:
        """Give oneself another password; every other session of this user is over."""
        if gate.accounts is None:
            return refuse(409, NOT_NEEDED)
        name = current_user().name
        try:
            if not gate.is_right(name, body.password):
                return refuse(400, WRONG)
            gate.accounts.change(lambda path: write_password(path, name, body.new_password))
            found = gate.sign_in(name, body.new_password)
        except SignInRefused as refused:
            return refuse_for(refused)
        assert found is not None, "the password was set a moment ago"
        return _hand_over(found)

    return routes


def _hand_over(found: SignedIn) -> Response:
    facts = SessionFacts(
        required=True, signed_in=True, name=found.session.name, role=found.account.role, token=found.session.token
    )
    response = answer(facts, 201)
    # behind a proxy with TLS the browser's own header says so; nothing that a proxy wrote is believed
    secure = request.is_secure or request.headers.get("Origin", "").startswith("https://")
    response.set_cookie(cookie_name(), found.session_id, httponly=True, samesite="Strict", secure=secure)
    return response


def _describe(gate: Gate) -> SessionFacts:
    user, session = current_user(), g.get("session")
    required, signed_in = gate.accounts is not None, "user" in g
    token = session.token if session else ""
    if required and not signed_in:
        return SessionFacts(required=True, signed_in=False, name="", role=None, token="")
    return SessionFacts(required=required, signed_in=signed_in, name=user.name, role=user.role, token=token)
