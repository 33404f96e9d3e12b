"""A value that is worked out when somebody wants it: most frames are never looked at, and nobody wants all of them."""

from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T", covariant=True)


class Later(Generic[T]):
    """A value that is computed once, by whoever asks first; any thread may ask.

    Two that ask at the same moment may both compute it: the same value, from the same frozen things.

    Args:
        compute: gives the value; let go, with what it holds, once it was called.
    """

    __slots__ = ("_compute", "_value")

    def __init__(self, compute: Callable[[], T]) -> None:
        self._compute: Callable[[], T] | None = compute
        self._value: T | None = None

    @classmethod
    def of(cls, value: T) -> "Later[T]":  # type: ignore[misc]  # nothing is ever put in afterwards
        """Give a value that is known already."""
        return cls(lambda: value)

    def get(self) -> T:
        """Give the value."""
        compute = self._compute
        if compute is not None:
            self._value = compute()
            self._compute = None
        return self._value  # type: ignore[return-value]  # set before `_compute` is let go

    def __eq__(self, other: object) -> bool:
        """Equal are two with equal values."""
        return isinstance(other, Later) and self.get() == other.get()

    def __hash__(self) -> int:
        """Hash the value."""
        return hash(self.get())

    def __repr__(self) -> str:
        """Show the value."""
        return repr(self.get())
