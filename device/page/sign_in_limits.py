"""How guessing passwords is slowed down without shutting out those who know theirs."""

import ipaddress
import threading
from collections import OrderedDict
from dataclasses import dataclass
from time import monotonic

FREE = 5
"""Wrong passwords in a row that cost nothing: fingers slip."""

MOST_WAIT_S = 60.0
"""However many were wrong: 1,440 guesses a day against eight characters, and nobody waits longer than a minute."""

FORGET_S = 900.0
"""After so long without a wrong one all is as at the beginning."""

SLOTS = 4096
"""Places in which failures are counted, by name and by address; a guesser fills no memory and pushes nobody out."""

MOST_KNOWN = 512


@dataclass(slots=True)
class _Count:
    failures: int = 0
    last_s: float = 0.0

    def find_wait_s(self, now_s: float) -> float:
        if now_s - self.last_s > FORGET_S:
            self.failures = 0
        if self.failures < FREE:
            return 0.0
        wait_s = min(MOST_WAIT_S, 2.0 ** min(self.failures - FREE, 10))
        return max(0.0, self.last_s + wait_s - now_s)


_Key = tuple[str, ...]


class SignInLimits:
    """Counts wrong passwords by address and by name, each with a wait that doubles.

    Whoever signed in from an address before is counted there apart from all others, and so is the machine itself: what
    comes from elsewhere under their name makes neither wait. The address is the socket's own: a header that names
    another is not read. Guesses refused while waiting are not counted, so a wait always ends.
    """

    def __init__(self) -> None:
        self._counts: dict[_Key | tuple[str, int], _Count] = {}
        self._known = OrderedDict[tuple[str, str], None]()
        self._lock = threading.Lock()

    def begin(self, name: str, address: str) -> float:
        """Ask whether a password may be tried; if so it counts as wrong until `succeed` or `give_back`.

        Args:
            name: as it was given, known or not.
            address: of the socket.

        Returns:
            Seconds to wait; 0: try it.
        """
        now_s = monotonic()
        with self._lock:
            counts = [self._counts.setdefault(key, _Count()) for key in self._find_keys(name, address)]
            wait_s = max(count.find_wait_s(now_s) for count in counts)
            if wait_s == 0:
                for count in counts:
                    count.failures, count.last_s = count.failures + 1, now_s
            return wait_s

    def give_back(self, name: str, address: str) -> None:
        """Say that a password was not looked at after all, or was right."""
        with self._lock:
            for key in self._find_keys(name, address):
                count = self._counts.get(key)
                if count and count.failures:
                    count.failures -= 1

    def succeed(self, name: str, address: str) -> None:
        """Say that the password was right: this name is known from this address now."""
        self.give_back(name, address)
        with self._lock:
            pair = (name, _blur(address))
            self._counts.pop(("pair", *pair), None)
            self._known[pair] = None
            self._known.move_to_end(pair)
            while len(self._known) > MOST_KNOWN:
                old, _ = self._known.popitem(last=False)
                self._counts.pop(("pair", *old), None)

    def count_failures(self, name: str, address: str) -> int:
        """Give how many were wrong in a row, of the name or from the address, whichever are more."""
        with self._lock:
            counts = [self._counts.get(key) for key in self._find_keys(name, address)]
            return max((count.failures for count in counts if count), default=0)

    def _find_keys(self, name: str, address: str) -> list[_Key | tuple[str, int]]:
        place = _blur(address)
        if (name, place) in self._known:
            return [("pair", name, place)]
        by_address = ("address", hash(place) % SLOTS)
        if _is_loopback(address):
            return [by_address]
        return [by_address, ("name", hash(name) % SLOTS)]


def _blur(address: str) -> str:
    """One machine has as many IPv6 addresses as it likes, all below one prefix."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    return (
        str(ipaddress.ip_network((found, 64), strict=False))
        if found.version == 6 and not found.is_loopback
        else address
    )


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
