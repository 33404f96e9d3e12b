"""Who may sign in, managed on the page by an administrator."""

from pathlib import Path

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from device.page.accounts import Accounts
from device.page.answers import answer, refuse
from device.page.passwords import PasswordError, remove_user, write_password, write_role
from device.page.schemas import Problem
from device.page.sign_in import NOT_NEEDED
from device.page.sign_in_log import SignInLog
from device.page.sign_in_schemas import UserFacts, UserList, UserPath, UserWish
from device.page.who import current_user

_TAG = Tag(name="users", description="Who may sign in")


def make_users(accounts: Accounts | None, book: SignInLog) -> APIBlueprint:
    """Make the routes of users.

    Args:
        accounts: the password file; None: nobody has to sign in.
        book: keeps what was changed by whom.

    Returns:
        The routes.
    """
    routes = APIBlueprint("users", __name__, abp_tags=[_TAG])

    @routes.get("/api/v1/users", summary="Who may sign in", responses={200: UserList})
    def users() -> Response:
        """List users with their roles."""
        return answer(_list(accounts))

    @routes.put(
        "/api/v1/users/<name>",
        summary="Add a user, or change one",
        responses={200: UserList, 400: Problem, 403: Problem, 409: Problem},
    )
    def put_user(path: UserPath, body: UserWish) -> Response:
        """Give a user a password, a role or both; their sessions end with another password."""
        if accounts is None:
            return refuse(409, NOT_NEEDED)
        accounts.change(lambda file: _write(file, path.name, body, accounts))
        detail = {"user": path.name, "role": accounts.read()[path.name].role, "new_password": bool(body.password)}
        book.tell_change("user_changed", current_user().name, detail)
        return answer(_list(accounts))

    @routes.delete(
        "/api/v1/users/<name>",
        summary="Remove a user",
        responses={200: UserList, 400: Problem, 403: Problem, 409: Problem},
    )
    def delete_user(path: UserPath) -> Response:
        """Take a user out, whose sessions are over at once; the last administrator stays."""
        if accounts is None:
            return refuse(409, NOT_NEEDED)
        accounts.change(lambda file: remove_user(file, path.name))
        book.tell_change("user_removed", current_user().name, {"user": path.name})
        return answer(_list(accounts))

    return routes


def _write(file: Path, name: str, wish: UserWish, accounts: Accounts) -> None:
    if wish.password is not None:
        write_password(file, name, wish.password, wish.role)
    elif wish.role is not None:
        write_role(file, name, wish.role)
    elif name not in accounts.read():
        raise PasswordError(f"user: {name!r}: no password (expected one for a new user)")


def _list(accounts: Accounts | None) -> UserList:
    known = accounts.read() if accounts else {}
    own = current_user().name
    users = tuple(UserFacts(name=name, role=known[name].role, is_self=name == own) for name in sorted(known))
    return UserList(required=accounts is not None, users=users)
