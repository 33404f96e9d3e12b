"""card.md: what a person must know before using a bundle."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from contract.bundle import Manifest
from contract.notice import RESEARCH_USE
from quantize.gates import Gate
from quantize.parity import Parity
from training.description import Description, SourceDescription
from training.evaluate import Evaluation
from training.report import render, tell_command

TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True)
class CardFacts:
    """What the card says.

    Attributes:
        manifest: of the bundle, files not yet hashed.
        description: of the data.
        evaluation: of the int8 bundle on the test split.
        parity: with the float network.
        gates: verdicts.
        selftest: what the self-test covers, a sentence.
        command: that made the bundle and printed the figures.
        data_name: name of the prepared folder.
    """

    manifest: Manifest
    description: Description
    evaluation: Evaluation
    parity: Parity
    gates: Sequence[Gate]
    selftest: str
    command: str
    data_name: str


def write_card(facts: CardFacts) -> str:
    """Write the card.

    Args:
        facts: what it says.

    Returns:
        Markdown.
    """
    return render(
        "card.md",
        TEMPLATES,
        facts=facts,
        manifest=facts.manifest,
        parity=facts.parity,
        sources={one.name: one for one in facts.description.sources},
        scores=facts.evaluation.scores,
        shortcuts=facts.evaluation.shortcuts,
        prepared_by=tell_command("", facts.description.command.split()).strip(),
        notice=RESEARCH_USE,
        say_counts=say_counts,
        unseen=[one.name for one in facts.description.sources if is_unseen(one)],
    )


def is_unseen(source: SourceDescription) -> bool:
    """Whether nothing of a source was trained on, so that it stands for another site."""
    train = source.counts.get("train")
    return train is None or not train.images


def say_counts(source: SourceDescription, split: str) -> str:
    """Say how much of a source lies in a split.

    Args:
        source: data set.
        split: "train", "val" or "test".

    Returns:
        Pictures, groups and named things, in words.
    """
    if split not in source.counts:
        return "-"
    count = source.counts[split]
    named = _join(count.fields) or _join(count.cells)
    groups = len(source.groups.get(split, ()))
    return f"{count.images} pictures of {groups} groups" + (f" ({named})" if named else "")


def _join(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{number} {name}" for name, number in counts.items())
