"""Who may sign in: the password file as it stands now, and the slow check of a password."""

import hmac
import logging
import secrets
import threading
from collections.abc import Callable
from functools import cache
from pathlib import Path

from werkzeug.security import check_password_hash, generate_password_hash

from device.page.passwords import Account, PasswordError, read_accounts

log = logging.getLogger(__name__)

WAIT_S = 2.0
"""Longest wait of one sign-in for another: each check takes 0.1 s and 32 MB on purpose, so they go one by one."""


class PasswordsBusy(Exception):
    """Too many sign-ins at once; try again in a moment."""


class Accounts:
    """The users of a password file; any thread may ask.

    The file is read again whenever it changed, so that whoever was taken out of it is out at once. A program that
    sends its password with every request costs the slow check once: a pair that was right is known again by a fast
    keyed digest whose key lives and dies with this process.

    Args:
        path: the password file.

    Raises:
        PasswordError: it cannot be used.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._key = secrets.token_bytes(32)
        self._known: dict[str, bytes] = {}
        self._checking, self._reading = threading.Lock(), threading.Lock()
        _hash_nobody()  # now, and not while the first who guesses waits and learns from it
        self._read_at = self._stamp()
        self._accounts = read_accounts(path)

    def read(self) -> dict[str, Account]:
        """Give each user's account; where the file became unusable, those that it held before."""
        with self._reading:
            stamp = self._stamp()
            if stamp != self._read_at:
                self._read_at = stamp
                try:
                    self._accounts = read_accounts(self.path)
                except PasswordError as error:
                    log.error("users stay as they were: %s", error)
            return self._accounts

    def change(self, writing: Callable[[Path], None]) -> None:
        """Change the file; one change at a time.

        Args:
            writing: does it, as the functions of `device.page.passwords` do.

        Raises:
            PasswordError: it was refused; nothing has changed.
        """
        with self._checking:
            writing(self.path)

    def accept(self, name: str, password: str) -> Account | None:
        """Give the account of a user with this password; a name that nobody has takes as long as one that is known.

        Raises:
            PasswordsBusy: others are being checked.
        """
        account = self.read().get(name)
        digest = self._digest(name, password, account)
        if account and hmac.compare_digest(self._known.get(name, b""), digest):
            return account
        if not self._checking.acquire(timeout=WAIT_S):
            raise PasswordsBusy("too many sign-ins at once (expected a moment between them)")
        try:
            right = check_password_hash(account.hashed if account else _hash_nobody(), password)
        finally:
            self._checking.release()
        if not right or account is None:
            return None
        self._known[name] = digest
        return account

    def _digest(self, name: str, password: str, account: Account | None) -> bytes:
        hashed = account.hashed if account else ""
        return hmac.digest(self._key, "\0".join((name, password, hashed)).encode(errors="replace"), "sha256")

    def _stamp(self) -> tuple[int, ...]:
        try:
            found = self.path.stat()
        except OSError:
            return ()
        return found.st_mtime_ns, found.st_size, found.st_ino


@cache
def _hash_nobody() -> str:
    """What the password of a name that nobody has is compared with."""
    return generate_password_hash(secrets.token_hex(16))
