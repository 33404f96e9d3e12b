"""What the numbers of a prepared set mean: class names and attribute values."""

from collections.abc import Sequence
from dataclasses import dataclass

from contract.cell_types import UNIDENTIFIED
from contract.failures import Refusal
from training.sample import Sample
from training.sources.request import Task


class VocabularyError(Refusal):
    """The sources name fewer than two classes, or one that means "not known"; look at their labels."""

    exit_code = 4


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What the numbers of a target mean.

    Attributes:
        classes: class names in the model's order.
        attributes: values of each attribute group.
    """

    classes: tuple[str, ...]
    attributes: dict[str, tuple[str, ...]]


def collect_vocabulary(samples: Sequence[Sample], task: Task) -> Vocabulary:
    """Collect class names and attribute values, in alphabetical order; attribute groups as they first appear.

    Args:
        samples: of all sources.
        task: a differential names cells, screening names fields.

    Returns:
        The vocabulary.

    Raises:
        VocabularyError: fewer than two classes, or one with the name that means "not known".
    """
    if task == "screening":
        classes = sorted({sample.field_class for sample in samples if sample.field_class is not None})
    else:
        classes = sorted({kind for sample in samples for kind in sample.cell_types()})
    if len(classes) < 2:
        raise VocabularyError(f"classes: {', '.join(classes) or 'none'} (expected two or more named in the sources)")
    if UNIDENTIFIED in classes:
        raise VocabularyError(f"classes: {UNIDENTIFIED} (expected names of cells; this one means that none is known)")
    values: dict[str, set[str]] = {}
    for sample in samples:
        for name, value in sample.attributes.items():
            values.setdefault(name, set()).add(value)
    return Vocabulary(tuple(classes), {name: tuple(sorted(known)) for name, known in values.items()})
