"""Counting what is prepared, so that its description is of what was written and not of what was meant."""

from collections import Counter, defaultdict

from training.description import SplitCount
from training.tfrecords import Example
from training.vocabulary import Vocabulary

UNNAMED = "unknown"


class Tally:
    """Counts of pictures and cells by source and split.

    Args:
        vocabulary: names the classes.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._classes = (*vocabulary.classes, UNNAMED)
        self._images: Counter[tuple[str, str]] = Counter()
        self._human: Counter[tuple[str, str]] = Counter()
        self._cells: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        self._distinct: dict[tuple[str, str], set[tuple[str, str]]] = defaultdict(set)
        self._fields: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)

    def note(self, split: str, example: Example) -> None:
        """Count one example of a split."""
        key = (example.source, split)
        self._images[key] += 1
        self._human[key] += example.human_mask
        for number, cell in zip(example.box_class, example.box_cell, strict=True):
            self._cells[key][self._classes[number]] += 1
            self._distinct[key].add((self._classes[number], cell))
        if example.field_class >= 0:
            self._fields[key][self._classes[example.field_class]] += 1

    def count(self, source: str, split: str) -> SplitCount:
        """Give what was counted so far of a source in a split."""
        key = (source, split)
        distinct = Counter(name for name, _ in self._distinct[key])
        return SplitCount(
            images=self._images[key],
            cells=self._order(self._cells[key]),
            distinct_cells=self._order(distinct),
            fields=self._order(self._fields[key]),
            human_masks=self._human[key],
        )

    def _order(self, counts: Counter[str]) -> dict[str, int]:
        return {name: counts[name] for name in self._classes if counts[name]}
