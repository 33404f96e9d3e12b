"""What goes to and fro when somebody signs in or users are managed."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from device.page.passwords import LEAST_LENGTH, MOST_LENGTH
from device.page.roles import Role

Name = Annotated[str, Field(min_length=1, max_length=64)]
GivenPassword = Annotated[str, Field(max_length=MOST_LENGTH)]
NewPassword = Annotated[str, Field(min_length=LEAST_LENGTH, max_length=MOST_LENGTH)]


class _Wish(BaseModel):
    model_config = ConfigDict(extra="forbid")


class SignIn(_Wish):
    """Who wants in."""

    name: Name
    password: GivenPassword


class OwnPassword(_Wish):
    """Another password for oneself."""

    password: GivenPassword
    new_password: NewPassword


class UserPath(BaseModel):
    """A user by name."""

    name: Name


class UserWish(_Wish):
    """What a user shall have; what is left out stays. A new one needs a password."""

    password: NewPassword | None = None
    role: Role | None = None


class SessionFacts(BaseModel):
    """Who asks; the token goes into the header X-Leukoscope-Token of every request that changes something.

    `required` is false where the page is for its own machine alone.
    """

    required: bool
    signed_in: bool
    name: str
    role: Role | None
    token: str
    least_length: int = LEAST_LENGTH


class UserFacts(BaseModel):
    """Somebody who may sign in."""

    name: str
    role: Role
    is_self: bool


class UserList(BaseModel):
    """Everybody who may sign in; `required` is false where nobody has to, and then nobody can be added here."""

    required: bool
    users: tuple[UserFacts, ...]
