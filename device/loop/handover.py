"""How one stage of the live loop hands work to the next: one item at a time, in order, none lost."""

import threading
from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")


class Handover(Generic[T]):
    """A counter between two threads with room for one item, so that a stage is never more than one field ahead.

    The giver waits until there is room, the taker until there is something. Either side may go away: after ``end``
    the taker gets what is left and then None; after ``leave`` the giver is told so at once.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: deque[T] = deque()
        self._ended = False
        self._left = False

    @property
    def over(self) -> bool:
        """True once nothing more can be taken."""
        with self._changed:
            return self._ended and not self._waiting

    def give(self, item: T) -> bool:
        """Hand over an item; waits for room.

        Args:
            item: whose owner is the taker from now on.

        Returns:
            False if the taker has gone: the item was not taken.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._left or not self._waiting)
            if self._left:
                return False
            self._waiting.append(item)
            self._changed.notify_all()
            return True

    def take(self, timeout_s: float | None = None) -> T | None:
        """Take the next item; waits for one.

        Args:
            timeout_s: longest wait in seconds; None: until there is one or the giver has ended.

        Returns:
            The item; None if none came in time or none will come.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._ended, timeout_s)
            item = self._waiting.popleft() if self._waiting else None
            self._changed.notify_all()
            return item

    def end(self) -> None:
        """Say as the giver that nothing more comes."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def leave(self) -> None:
        """Say as the taker that nothing more is taken."""
        with self._changed:
            self._left = True
            self._changed.notify_all()
