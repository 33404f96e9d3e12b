"""How what is known of a cell of the slide is told: to the store and to whoever looks at a frame."""

from contract.naming import Naming
from device.counting.tracking import Track
from device.preclassification import Mark, Verdict

SURER = 0.1  # change of confidence that is worth storing when the stage goes on


def is_worth_telling(told: Naming, naming: Naming) -> bool:
    """Say whether a stored cell is to be told of again, when the stage leaves it.

    Args:
        told: what is stored.
        naming: what all looks say now.
    """
    same = told.cell_type == naming.cell_type and set(told.candidates) == set(naming.candidates)
    return not same or abs(told.confidence - naming.confidence) >= SURER


def write_verdict(track: Track, naming: Naming, same_as: str | None = None) -> Verdict:
    """Write down what a stored cell is called from now on.

    Args:
        track: the cell.
        naming: by all looks at it.
        same_as: id of the stored cell that it turned out to be.
    """
    return Verdict(
        track.cell_id,
        naming.cell_type,
        naming.confidence,
        naming.probabilities,
        naming.candidates,
        max(1, track.looks.number),
        same_as,
    )


def make_mark(track: Track) -> Mark:
    """Say for a frame which cell of the slide one of its cells is."""
    return Mark(track.identity, track.looks.number, track.told is not None, track.cell_id)
