"""Who is let in: by a session from a browser, by name and password from a program, and then by role."""

import hmac
import re
from dataclasses import dataclass
from urllib.parse import quote

from flask import Response, g, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from contract.failures import Refusal
from contract.settings import PageSettings
from device.page.accounts import Accounts, PasswordsBusy
from device.page.answers import refuse
from device.page.passwords import Account
from device.page.places import Places
from device.page.roles import find_need
from device.page.sessions import Session, Sessions
from device.page.sign_in_limits import SignInLimits
from device.page.sign_in_log import SignInLog
from device.page.who import User

TOKEN_HEADER = "X-Leukoscope-Token"  # noqa: S105 - the name of a header
BY_ITSELF = "page"
"""What our page says in its own header where nobody touched it: asking for pictures all day keeps no session alive."""

_LOCAL_PATH = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*")
_CHECKING = 2
"""Requests that may wait for a password to be checked; a flood of guesses leaves threads for everybody else."""


class SignInRefused(Refusal):
    """A sign-in was not even looked at; the answer says how long to wait."""

    def __init__(self, message: str, wait_s: float) -> None:
        super().__init__(message)
        self.wait_s = wait_s


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Somebody with a session of their own.

    Attributes:
        session_id: for the cookie.
        session: what holds.
        account: with their role.
    """

    session_id: str
    session: Session
    account: Account


class Gate:
    """Decides on every request; without accounts everybody is let in as who sits at the device.

    Args:
        accounts: who may sign in; None: nobody has to.
        settings: how long sessions hold.
        book: keeps who signed in and what failed.
    """

    def __init__(self, accounts: Accounts | None, settings: PageSettings, book: SignInLog) -> None:
        self.accounts = accounts
        self.idle_min = settings.session_idle_min
        self.sessions = Sessions(60.0 * settings.session_idle_min, 3600.0 * settings.session_hours)
        self._book = book
        self._limits = SignInLimits()
        self._places = Places(_CHECKING)

    def guard(self) -> AnyResponse | None:
        """Let a request in, or say what is missing."""
        if self.accounts is None:
            return None
        need = find_need(request.method, request.url_rule.rule if request.url_rule else None)
        if need == "nobody" and request.endpoint == "static":
            return None
        try:
            known = self._recognise(self.accounts, may_check=need != "nobody")
        except SignInRefused as refused:
            return refuse_for(refused)
        if known is not None:
            g.user, g.session = known
        if need == "nobody":
            return None
        if known is None:
            return _ask_to_sign_in()
        user, session = known
        if session is not None and not _has_token(session):
            return refuse(403, f"header {TOKEN_HEADER}: not of this session (expected the token of /api/v1/session)")
        if need == "administrator" and user.role != "administrator":
            return refuse(403, f"not allowed to {user.name} (expected an administrator)")
        return None

    def sign_in(self, name: str, password: str) -> SignedIn | None:
        """Check a password and begin a session; the one that the browser had is over.

        Args:
            name: of the user.
            password: theirs.

        Returns:
            The session; None: no such user, or another password.

        Raises:
            SignInRefused: too many were wrong, or too many ask at once.
        """
        assert self.accounts is not None, "sign-in is offered only where there are accounts"
        account = self._check(self.accounts, name, password)
        if account is None:
            return None
        self.sign_out(told=False)
        self._book.tell_in(name, account.role, request.remote_addr or "")
        return SignedIn(*self.sessions.begin(name, account.hashed), account)

    def is_right(self, name: str, password: str) -> bool:
        """Check a password and leave the session as it is.

        Raises:
            SignInRefused: too many were wrong, or too many ask at once.
        """
        assert self.accounts is not None, "a password is asked for only where there are accounts"
        return self._check(self.accounts, name, password) is not None

    def sign_out(self, *, told: bool = True) -> None:
        """End the session of the request, if it has one."""
        session_id = request.cookies.get(cookie_name(), "")
        session = self.sessions.find(session_id, touch=False)
        self.sessions.end(session_id)
        if session is not None and told:
            self._book.tell_out(session.name)

    def _recognise(self, accounts: Accounts, *, may_check: bool) -> tuple[User, Session | None] | None:
        session_id = request.cookies.get(cookie_name())
        if session_id:
            touch = request.headers.get("X-Leukoscope") != BY_ITSELF
            session = self.sessions.find(session_id, touch=touch)
            account = accounts.read().get(session.name) if session else None
            if session and account and account.hashed == session.hashed:
                return User(session.name, account.role), session
            self.sessions.end(session_id)
        given = request.authorization
        if not may_check or given is None or given.type != "basic":
            return None
        name = given.username or ""
        account = self._check(accounts, name, given.password or "")
        return (User(name, account.role), None) if account else None

    def _check(self, accounts: Accounts, name: str, password: str) -> Account | None:
        address = request.remote_addr or ""  # never a header: anybody can write one
        wait_s = self._limits.begin(name, address)
        if wait_s > 0:
            raise SignInRefused(f"too many wrong passwords (expected a pause of {wait_s:.0f} s)", wait_s)
        with self._places.borrow() as has_place:
            try:
                if not has_place:
                    raise PasswordsBusy("too many sign-ins at once (expected a moment between them)")
                account = accounts.accept(name, password)
            except PasswordsBusy as busy:
                self._limits.give_back(name, address)
                raise SignInRefused(str(busy), 1.0) from busy
        if account is None:
            self._book.tell_failure(address, self._limits.count_failures(name, address), name in accounts.read(), name)
            return None
        self._limits.succeed(name, address)
        return account


def cookie_name() -> str:
    """Name the cookie: browsers keep one jar for all ports of a host, and two instruments may share one."""
    return f"leukoscope_{request.environ.get('SERVER_PORT', '')}"


def read_local_path(given: str) -> str:
    """Give a path of this page to go to after the sign-in; whatever leads elsewhere becomes the live page."""
    return given if _LOCAL_PATH.fullmatch(given) else "/"


def refuse_for(refused: SignInRefused) -> Response:
    """Say that a sign-in was not looked at, and when to come back."""
    answer = refuse(429, str(refused))
    answer.headers["Retry-After"] = str(max(1, round(refused.wait_s)))
    return answer


def _has_token(session: Session) -> bool:
    if request.method in {"GET", "HEAD", "OPTIONS"}:
        return True
    return hmac.compare_digest(request.headers.get(TOKEN_HEADER, "").encode(), session.token.encode())


def _ask_to_sign_in() -> AnyResponse:
    if request.method == "GET" and "text/html" in request.headers.get("Accept", ""):
        path = request.full_path.rstrip("?")
        return redirect(f"/sign-in?next={quote(path)}", 303)
    answer = refuse(401, "not signed in, or no longer (expected user and password); reload the page")
    # a browser would put its own window over the page; programs that only answer when asked need the challenge
    if "Mozilla/" not in request.headers.get("User-Agent", ""):
        answer.headers["WWW-Authenticate"] = 'Basic realm="Leukoscope", charset="UTF-8"'
    return answer
