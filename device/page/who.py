"""Who uses the page, and what they may do."""

from dataclasses import dataclass

from flask import Response, g

from device.page.answers import refuse
from device.page.roles import Role


@dataclass(frozen=True, slots=True)
class User:
    """Who sits at the page.

    Attributes:
        name: as they signed in; empty where nobody has to.
        role: what they may do; an administrator may do everything.
    """

    name: str
    role: Role


LOCAL = User("", "administrator")
"""Whoever sits at the device itself."""


def current_user() -> User:
    """Give who asks; `device.page.gate` has found out."""
    user = g.get("user", LOCAL)
    assert isinstance(user, User)
    return user


def name_operator(given: str) -> str:
    """Give the name that stands in a record: who signed in, else what the browser says."""
    return current_user().name or given


def require_administrator() -> Response | None:
    """Refuse whoever is no administrator; None: go on. Routes that always need one stand in `device.page.roles`."""
    if current_user().role == "administrator":
        return None
    return refuse(403, "not allowed (expected an administrator)")


def refuse_other(owner: str) -> Response | None:
    """Refuse whoever is neither an administrator nor the one who made a record; None: go on.

    Args:
        owner: the operator that stands in the record.
    """
    return None if current_user().name == owner else require_administrator()
