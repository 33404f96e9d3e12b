"""The password file: a line for each user, `name:hash`, readable by its owner only."""

import hmac
import os
import secrets
import threading
from pathlib import Path

from werkzeug.security import check_password_hash, generate_password_hash

from contract.failures import Refusal

LEAST_LENGTH = 8
WAIT_S = 2.0
"""Longest wait of one sign-in for another: each check takes 0.1 s and 32 MB on purpose, so they go one by one."""


class PasswordError(Refusal):
    """The password file cannot be read or written, or holds something else. Make it with `leukoscope password FILE`."""


class PasswordsBusy(Exception):
    """Too many sign-ins at once; try again in a moment."""


class Passwords:
    """Checks passwords; any thread may ask.

    A browser sends its password with every picture. Checking the slow hash ten times a second would take a core, so a
    pair that was right is known again by a fast keyed digest whose key lives and dies with this process.

    Args:
        hashes: werkzeug hash for each user.
    """

    def __init__(self, hashes: dict[str, str]) -> None:
        self._hashes = hashes
        self._key = secrets.token_bytes(32)
        self._known: dict[str, bytes] = {}
        self._lock = threading.Lock()

    def accept(self, user: str, password: str) -> bool:
        """Say whether this is a user and their password.

        Raises:
            PasswordsBusy: others are being checked.
        """
        digest = hmac.digest(self._key, f"{user}\0{password}".encode(), "sha256")
        known = self._known.get(user)
        if known is not None and hmac.compare_digest(known, digest):
            return True
        if user not in self._hashes:
            return False
        if not self._lock.acquire(timeout=WAIT_S):
            raise PasswordsBusy("too many sign-ins at once (expected a moment between them)")
        try:
            if not check_password_hash(self._hashes[user], password):
                return False
            self._known[user] = digest
            return True
        finally:
            self._lock.release()


def read_passwords(path: str | Path) -> Passwords:
    """Read a password file.

    Args:
        path: made by `write_password`.

    Returns:
        The passwords.

    Raises:
        PasswordError: missing, unreadable, empty, or a line that is none.
    """
    return Passwords(_read_hashes(Path(path)))


def write_password(path: Path, user: str, password: str) -> None:
    """Add a user to a password file, or give a user another password.

    Args:
        path: the file; made where it is missing, for its owner alone.
        user: name to sign in with, without a colon.
        password: at least `LEAST_LENGTH` characters.

    Raises:
        PasswordError: a bad name, a short password, or a file that cannot be written.
    """
    if not user or ":" in user or not user.isprintable():
        raise PasswordError(f"user: {user!r} (expected a name without a colon)")
    if len(password) < LEAST_LENGTH:
        raise PasswordError(f"password: {len(password)} characters (expected {LEAST_LENGTH} or more)")
    hashes = _read_hashes(path) if path.exists() else {}
    hashes[user] = generate_password_hash(password)
    partial = path.with_name(f"{path.name}.part")
    try:
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.writelines(f"{name}:{hashed}\n" for name, hashed in hashes.items())
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as error:
        raise PasswordError(f"{path}: {error.strerror} (expected a file that can be written)") from error


def _read_hashes(path: Path) -> dict[str, str]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not text"
        raise PasswordError(f"{path}: {reason} (expected a file made by leukoscope password)") from error
    hashes = {}
    for number, line in enumerate(lines, 1):
        user, colon, hashed = line.partition(":")
        if not (user and colon and hashed.count("$") == 2):
            raise PasswordError(f"{path}: line {number} (expected user:hash, as leukoscope password writes it)")
        hashes[user] = hashed
    if not hashes:
        raise PasswordError(f"{path}: no user in it (expected one made by leukoscope password)")
    return hashes
