"""The password file: a line for each user, `name:role:hash`, readable by its owner only.

A line of an older file, `name:hash`, names no role and is a technician's. Where no line of a file names one, its first
user is the administrator: somebody must be, and until now all of them were. The next change writes the roles down.
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from werkzeug.security import generate_password_hash

from contract.failures import Refusal
from device.page.roles import ROLES, Role

LEAST_LENGTH, MOST_LENGTH = 8, 256

_NAME = re.compile(r"[^\W_][\w.@ -]{0,63}")
"""Letters of any script, digits and what stands in names; nothing that a path or a line would split at."""


class PasswordError(Refusal):
    """The password file cannot be read or written, or holds something else. Make it with `leukoscope password FILE`."""


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may sign in.

    Attributes:
        hashed: the password as werkzeug hashes it.
        role: what they may do.
    """

    hashed: str
    role: Role


def read_accounts(path: Path) -> dict[str, Account]:
    """Read a password file.

    Args:
        path: made by `write_password`.

    Returns:
        Each user's account, in the order of the file.

    Raises:
        PasswordError: missing, unreadable, empty, without an administrator, or a line that is none.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not text"
        raise PasswordError(f"{path}: {reason} (expected a file made by leukoscope password)") from error
    found = dict(_read_line(path, number, line) for number, line in enumerate(lines, 1))
    if not found:
        raise PasswordError(f"{path}: no user in it (expected one made by leukoscope password)")
    first: Role = "technician" if any(role for _, role in found.values()) else "administrator"
    later: Role = "technician"
    accounts = {
        name: Account(hashed, role or (later if at else first))
        for at, (name, (hashed, role)) in enumerate(found.items())
    }
    _check_administrator(path, accounts)
    return accounts


def write_password(path: Path, user: str, password: str, role: Role | None = None) -> None:
    """Add a user to a password file, or give a user another password.

    Args:
        path: the file; made where it is missing, for its owner alone.
        user: name to sign in with.
        password: `LEAST_LENGTH` to `MOST_LENGTH` characters.
        role: None: as it was; the first user of a new file is an administrator, others are technicians.

    Raises:
        PasswordError: a bad name, a short password, no administrator left, or a file that cannot be written.
    """
    accounts = read_accounts(path) if path.exists() else {}
    if user not in accounts and (not _NAME.fullmatch(user) or user != user.strip()):
        raise PasswordError(f"user: {user[:80]!r} (expected a name of letters, digits, spaces and . @ - _, at most 64)")
    if not LEAST_LENGTH <= len(password) <= MOST_LENGTH:
        raise PasswordError(f"password: {len(password)} characters (expected {LEAST_LENGTH} or more, to {MOST_LENGTH})")
    before = accounts.get(user)
    role = role or (before.role if before else "technician" if accounts else "administrator")
    _write(path, accounts | {user: Account(generate_password_hash(password), role)})


def write_role(path: Path, user: str, role: Role) -> None:
    """Give a user another role.

    Args:
        path: the password file.
        user: somebody in it.
        role: from now on.

    Raises:
        PasswordError: nobody is called so, no administrator would be left, or the file cannot be written.
    """
    accounts = read_accounts(path)
    _write(path, accounts | {user: Account(_find(accounts, user).hashed, role)})


def remove_user(path: Path, user: str) -> None:
    """Take a user out of a password file.

    Args:
        path: the password file.
        user: somebody in it.

    Raises:
        PasswordError: nobody is called so, no administrator would be left, or the file cannot be written.
    """
    accounts = read_accounts(path)
    _find(accounts, user)
    _write(path, {name: account for name, account in accounts.items() if name != user})


def _find(accounts: dict[str, Account], user: str) -> Account:
    if user not in accounts:
        raise PasswordError(f"user: {user[:80]!r} (expected one of the password file)")
    return accounts[user]


def _read_line(path: Path, number: int, line: str) -> tuple[str, tuple[str, Role | None]]:
    user, _, rest = line.partition(":")
    role = next((known for known in ROLES if rest.startswith(f"{known}:")), None)
    hashed = rest.removeprefix(f"{role}:") if role else rest
    if not (user and hashed.count("$") == 2):
        raise PasswordError(f"{path}: line {number} (expected user:role:hash, as leukoscope password writes it)")
    return user, (hashed, role)


def _check_administrator(path: Path, accounts: dict[str, Account]) -> None:
    if not any(account.role == "administrator" for account in accounts.values()):
        raise PasswordError(f"{path}: no administrator in it (expected one at least, who manages the others)")


def _write(path: Path, accounts: dict[str, Account]) -> None:
    _check_administrator(path, accounts)
    partial = path.with_name(f"{path.name}.part")
    try:
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.writelines(f"{name}:{account.role}:{account.hashed}\n" for name, account in accounts.items())
            file.flush()
            os.fsync(file.fileno())
        _keep_owner(partial, path)
        partial.replace(path)
    except OSError as error:
        raise PasswordError(f"{path}: {error.strerror} (expected a file that can be written)") from error


def _keep_owner(partial: Path, path: Path) -> None:
    """Root writes for whoever owns the file, or the folder it is made in: else the service could not read it."""
    if os.geteuid() == 0:
        owner = (path if path.exists() else path.absolute().parent).stat()
        os.chown(partial, owner.st_uid, owner.st_gid)
