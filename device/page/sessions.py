"""Who is signed in: kept in memory, so that no secret lies on the card and a restart asks for the password again."""

import hashlib
import secrets
import threading
from dataclasses import dataclass, replace
from time import monotonic

MOST_SESSIONS = 32
"""Of one user, on as many screens; the one used longest ago goes first."""


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who signed in.

    Attributes:
        name: of the user.
        hashed: of the password they gave; once it is another, the session is over.
        token: proves that a request comes from a page of this session and not from another site.
        began_s: `monotonic()` at sign-in.
        touched_s: when a person last did something.
    """

    name: str
    hashed: str
    token: str
    began_s: float
    touched_s: float


class Sessions:
    """The sessions of a running program; any thread may ask. Ids are kept as digests only.

    Args:
        idle_s: a session ends when nobody did anything for so long.
        longest_s: a session ends after so long, whatever was done.
    """

    def __init__(self, idle_s: float, longest_s: float) -> None:
        self._idle_s, self._longest_s = idle_s, longest_s
        self._sessions: dict[bytes, Session] = {}
        self._lock = threading.Lock()

    def begin(self, name: str, hashed: str) -> tuple[str, Session]:
        """Begin a session.

        Args:
            name: who signed in.
            hashed: of their password.

        Returns:
            Its id of 256 random bits, told to the browser and to nobody else; and the session.
        """
        now_s, session_id = monotonic(), secrets.token_urlsafe(32)
        session = Session(name, hashed, secrets.token_urlsafe(32), now_s, now_s)
        with self._lock:
            self._sessions = {key: old for key, old in self._sessions.items() if self._holds(old, now_s)}
            own = [key for key, old in self._sessions.items() if old.name == name]
            own.sort(key=lambda key: self._sessions[key].touched_s)
            for key in own[: max(0, len(own) + 1 - MOST_SESSIONS)]:
                del self._sessions[key]
            self._sessions[_digest(session_id)] = session
        return session_id, session

    def find(self, session_id: str, *, touch: bool) -> Session | None:
        """Find a session that still holds.

        Args:
            session_id: as the browser sent it.
            touch: a person did something, so the idle time begins anew.

        Returns:
            The session, or None.
        """
        key, now_s = _digest(session_id), monotonic()
        with self._lock:
            session = self._sessions.get(key)
            if session is None or not self._holds(session, now_s):
                self._sessions.pop(key, None)
                return None
            if touch:
                session = self._sessions[key] = replace(session, touched_s=now_s)
            return session

    def end(self, session_id: str) -> None:
        """End a session, if there is one."""
        with self._lock:
            self._sessions.pop(_digest(session_id), None)

    def _holds(self, session: Session, now_s: float) -> bool:
        return now_s - session.touched_s < self._idle_s and now_s - session.began_s < self._longest_s


def _digest(session_id: str) -> bytes:
    return hashlib.sha256(session_id.encode(errors="replace")).digest()
