"""A cell's evidence in words: what a haematologist would point at, made in this one place for every reader."""

import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from contract.attributes import AttributeReading
from contract.failures import Refusal
from contract.morphology import Shape

WORDS = Path(__file__).parent / "words"

LEAST_TOLD = 0.6
"""Probability under which an attribute is not told: little better than a coin is no evidence."""

ROUNDED_NUCLEUS = 0.975
"""Solidity above which a nucleus in one piece has no indentation: 10 % of PBC's round lymphocyte nuclei lie below 0.99,
half of its indented monocyte nuclei below 0.96."""

ROUND_CELL = 0.9
"""Circularity above which a cell is called round; a hexagon has 0.91."""

UNSEGMENTED = "unsegmented"
"""How the values of `nucleus_shape` begin that deny lobes."""

Words = dict[str, Any]


class WordsError(Refusal):
    """There are no words in the language asked for. Choose one of the files in contract/words."""


class EvidenceOf(Protocol):
    """What is told of a cell; `contract.cell.Cell` is one."""

    @property
    def shape(self) -> Shape:
        """Its form."""

    @property
    def attributes(self) -> dict[str, AttributeReading]:
        """What the attribute head says; empty without one."""

    @property
    def nc_ratio(self) -> float:
        """Nucleus area / cytoplasm area."""

    @property
    def touches_border(self) -> bool:
        """It is cut by the edge of the field."""


@cache
def read_words(language: str = "en") -> Words:
    """Read the words of a language.

    Args:
        language: name of a file in contract/words.

    Returns:
        Words by section and name.

    Raises:
        WordsError: there is no such file.
    """
    path = WORDS / f"{language}.toml"
    if not path.is_file():
        known = ", ".join(sorted(found.stem for found in WORDS.glob("*.toml")))
        raise WordsError(f"language: {language!r} (expected one of: {known})")
    return tomllib.loads(path.read_text(encoding="utf-8"))


def describe_evidence(cell: EvidenceOf, language: str = "en") -> str:
    """Tell a person what speaks for what a cell is called.

    Measured on the mask: nucleus, N:C ratio, diameter, outline. With a probability: what the attribute head says.

    Args:
        cell: as the bundle reads it.
        language: name of a file in contract/words.

    Returns:
        One line, such as "nucleus of 2 lobes, looks bilobed (0.93), N:C 0.42, pink coarse granules (0.88), 13.1 um".
    """
    words = read_words(language)
    said: dict[str, str] = words["evidence"]
    readings = {group: read for group, read in cell.attributes.items() if not _contradicts(group, read, cell.shape)}
    nucleus = [_tell_nucleus(said, cell.shape), _tell(words, readings, "nucleus_shape")]
    granules = _tell_granules(words, readings)
    others = [_tell(words, readings, group) for group in list(readings)]
    parts = [*nucleus, _tell_ratio(said, cell.nc_ratio), granules, *others, *_tell_size(said, cell)]
    return said["join"].join(part for part in parts if part)


def describe_learning(sources: str | None, language: str = "en") -> str:
    """Say from where the attributes come, to stand wherever they are shown.

    Args:
        sources: data sets that the attributes were learned from, in words; None: not told by the bundle.
        language: name of a file in contract/words.

    Returns:
        A sentence or two.
    """
    said: dict[str, str] = read_words(language)["evidence"]
    return said["learned"].format(where=sources) if sources else said["learned_elsewhere"]


def _contradicts(group: str, reading: AttributeReading, shape: Shape) -> bool:
    """Say whether the mask shows lobes that the attribute head denies; a band is not told on a head's word alone.

    Measured with wbc5 on 67 neutrophils of a Raspberry Pi microscope: the head calls 63 a band, the mask shows lobes in
    50. The other way round both stand: overlapping lobes are one in a mask.
    """
    return group == "nucleus_shape" and reading.value.startswith(UNSEGMENTED) and shape.nucleus_lobes > 1


def _tell_nucleus(said: dict[str, str], shape: Shape) -> str:
    if shape.nucleus_lobes == 0:
        return said["no_nucleus"]
    if shape.nucleus_lobes > 1:
        return said["lobes"].format(count=shape.nucleus_lobes)
    return said["rounded" if shape.nucleus_solidity >= ROUNDED_NUCLEUS else "indented"]


def _tell_ratio(said: dict[str, str], ratio: float) -> str:
    return said["nc_ratio"].format(ratio=f"{ratio:.2f}") if ratio < float("inf") else said["no_cytoplasm"]


def _tell_size(said: dict[str, str], cell: EvidenceOf) -> Iterator[str]:
    yield said["diameter"].format(um=f"{cell.shape.diameter_um:.1f}")
    yield said["cell_rounded" if cell.shape.circularity >= ROUND_CELL else "cell_uneven"]
    if cell.touches_border:
        yield said["cut"]


def _tell(words: Words, readings: dict[str, AttributeReading], group: str) -> str:
    """Take an attribute out of the readings and tell it; nothing where it is not read, not sure, or not worth words."""
    reading = readings.pop(group, None)
    what = "" if reading is None else _find_word(words, group, reading)
    return _add_probability(words, what, reading.probability) if reading and what else ""


def _tell_granules(words: Words, readings: dict[str, AttributeReading]) -> str:
    colour, kind = readings.pop("granule_colour", None), readings.get("granule_type")
    adjective = "" if colour is None else _find_word(words, "granule_colour", colour)
    granules = "" if kind is None else _find_word(words, "granule_type", kind)
    if colour is None or kind is None or not adjective or not granules or kind.value == "nil":
        return _tell(words, readings, "granule_type")
    del readings["granule_type"]
    what: str = words["evidence"]["coloured"].format(colour=adjective, granules=granules)
    return _add_probability(words, what, min(colour.probability, kind.probability))


def _find_word(words: Words, group: str, reading: AttributeReading) -> str:
    if reading.probability < LEAST_TOLD:
        return ""
    unknown = f"{group} {reading.value}".replace("_", " ")
    word: str = words["attribute"].get(group, {}).get(reading.value, unknown)
    return word


def _add_probability(words: Words, what: str, probability: float) -> str:
    told: str = words["evidence"]["sure"].format(what=what, probability=f"{probability:.2f}")
    return told
