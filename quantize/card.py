"""card.md: what a person must know before using a bundle."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from contract.bundle import Manifest
from contract.notice import RESEARCH_USE
from quantize.formats import Comparison
from quantize.gates import Gate
from quantize.layers import Layer
from quantize.parity import Figure, Parity
from quantize.representative import Representative
from training.crossed import CrossedScores
from training.description import Description, SourceDescription
from training.evaluate import Evaluation
from training.intervals import Estimate
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
        comparison: of the formats; None: not asked for.
        crossed: slides left out in turn; None: not asked for.
        costliest: layer that costs most.
        representative: what set the scales.
        selftest: what the self-test covers, a sentence.
        command: that made the bundle and printed the figures.
        data_name: name of the prepared folder.
        stain: how the training pictures are stained, a section; empty: not known.
    """

    manifest: Manifest
    description: Description
    evaluation: Evaluation
    parity: Parity
    gates: Sequence[Gate]
    comparison: Comparison | None
    crossed: CrossedScores | None
    costliest: Layer
    representative: Representative
    selftest: str
    command: str
    data_name: str
    stain: str


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
        figures=name_figures(facts.parity),
        comparison=facts.comparison,
        sources={one.name: one for one in facts.description.sources},
        scores=facts.evaluation.scores,
        shortcuts=facts.evaluation.shortcuts,
        prepared_by=tell_command("", facts.description.command.split()).strip(),
        notice=RESEARCH_USE,
        say_counts=say_counts,
        say_drop=say_drop,
        join=join_counts,
        unseen=[one.name for one in facts.description.sources if is_unseen(one)],
    )


def name_figures(parity: Parity) -> dict[str, Figure]:
    """Give the figures of both models that the card shows, by what they are; those that were not measured left out."""
    named = {
        f"accuracy, {parity.things}": parity.accuracy,
        "macro accuracy": parity.macro_accuracy,
        **{f"recall, {name}": figure for name, figure in parity.recall.items()},
        "AUC, fields": parity.auc,
        "calibration error (ECE)": parity.ece,
        "mean IoU": parity.miou,
        "Dice nucleus": parity.dice_nucleus,
        "Dice whole cell": parity.dice_cell,
    }
    return {name: figure for name, figure in named.items() if figure is not None and figure.drop.value is not None}


def say_drop(drop: Estimate) -> str:
    """Say a difference in points, that is hundredths, with its interval."""
    if drop.value is None:
        return "-"
    if drop.low is None or drop.high is None:
        return f"{100 * drop.value:+.2f}"
    return f"{100 * drop.value:+.2f} ({100 * drop.low:+.2f} to {100 * drop.high:+.2f})"


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
    named = join_counts(count.fields) or join_counts(count.cells)
    groups = len(source.groups.get(split, ()))
    return f"{count.images} pictures of {groups} groups" + (f" ({named})" if named else "")


def join_counts(counts: Mapping[str, int]) -> str:
    """Say counts by name, in words."""
    return ", ".join(f"{number} {name}" for name, number in counts.items())
