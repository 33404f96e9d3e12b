"""Which key names which type on the review page: the one place that says so."""

from collections.abc import Sequence
from string import ascii_lowercase

from contract.cell_types import APART, DIFFERENTIAL_ORDER, SCREENING_ORDER, UNIDENTIFIED

COMMANDS = "acfikosvwz"
"""Letters that do something else on the review page; no type gets one of them."""


def order_types(classes: Sequence[str]) -> tuple[str, ...]:
    """Give the types a person can name, in the order people read them; `UNIDENTIFIED` and what is no white cell last.

    Args:
        classes: of the bundle.

    Returns:
        Each type once.
    """
    known = [name for order in (DIFFERENTIAL_ORDER, SCREENING_ORDER) for name in order if name in classes]
    return tuple(dict.fromkeys((*known, *classes, UNIDENTIFIED, *APART)))


def choose_keys(types: Sequence[str]) -> dict[str, str]:
    """Choose a letter for each type: its first that is free, else any that is.

    Args:
        types: in their order; the earlier one has the first pick, but `UNIDENTIFIED` always keeps the u.

    Returns:
        One lower-case letter by type; the empty text where all letters are taken.
    """
    taken = set(COMMANDS)
    keys: dict[str, str] = {}
    for name in sorted(types, key=lambda name: name != UNIDENTIFIED):
        letters = [letter for letter in (*name.lower(), *ascii_lowercase) if letter in ascii_lowercase]
        keys[name] = next((letter for letter in letters if letter not in taken), "")
        taken.add(keys[name])
    return {name: keys[name] for name in types}
