"""What is kept of sign-ins: who came and went, and that somebody guesses."""

import logging
from typing import Any

from contract.failures import Refusal
from device.keeping.store import Store

log = logging.getLogger(__name__)

TOLD_AT = frozenset({5, 20, 100, 500, 2500})
"""Wrong passwords in a row that are kept as an event; every one would let a guesser fill the disk."""


class SignInLog:
    """Writes events of sign-ins. A disk that is full must not keep anybody from looking why: it is only logged then.

    Args:
        store: keeps the events.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def tell_in(self, name: str, role: str, address: str) -> None:
        """Keep that a session began."""
        self._tell("info", "sign_in", {"user": name, "role": role, "address": address})

    def tell_out(self, name: str) -> None:
        """Keep that somebody ended their session."""
        self._tell("info", "sign_out", {"user": name})

    def tell_change(self, kind: str, by: str, detail: dict[str, Any]) -> None:
        """Keep that somebody changed users, settings or the bundle."""
        self._tell("info", kind, {"by": by} | detail)

    def tell_failure(self, address: str, failures: int, is_user: bool, name: str) -> None:
        """Keep that passwords were wrong again and again.

        Args:
            address: where they came from.
            failures: how many in a row.
            is_user: the name is somebody's; another may be a password that was typed in the wrong place.
            name: as it was given.
        """
        if failures in TOLD_AT:
            detail = {"address": address, "failures": failures, "user": name if is_user else "none that is known"}
            self._tell("warning", "sign_in_failures", detail)

    def _tell(self, level: str, kind: str, detail: dict[str, Any]) -> None:
        log.log(logging.WARNING if level == "warning" else logging.INFO, "%s: %s", kind, detail)
        try:
            self._store.add_event(level, kind, detail)
        except Refusal as refusal:
            log.error("%s is not kept: %s", kind, refusal)
