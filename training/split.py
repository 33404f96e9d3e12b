"""Which slides and blocks teach, which decide, which judge: whole groups, in a fixed way, never at random."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from contract.failures import Refusal
from training.sample import Sample, Split

HELD_SHARE = 1 / 8  # of a stratum's groups for each of validation and test
PURE = 0.8  # a group belongs to a class's stratum when this share of its cells is of the class
EVERYTHING = "all"

Groups = Mapping[str, frozenset[str]]
"""By source, the groups that were asked for; `EVERYTHING` stands for each of its groups."""

NOTHING_NAMED: Groups = MappingProxyType({})


class SplitError(Refusal):
    """A split names a source or group that is not there, or one twice; the message lists what is there."""


@dataclass(frozen=True, slots=True)
class Group:
    """A slide or block: never divided.

    Attributes:
        name: within its source.
        size: number of images.
        stratum: the class of most of its cells, or empty text where it is mixed.
        split: what the data set prescribes, or None.
    """

    name: str
    size: int
    stratum: str
    split: Split | None


def assign_splits(
    samples: Sequence[Sample], hold_out: Groups, validate: Groups, train: Groups = NOTHING_NAMED
) -> dict[tuple[str, str], Split]:
    """Give every group of every source to one split.

    What the command line names comes first, then what the data set prescribes. Then, class by class, an eighth of the
    groups, evenly spread over their order, is tested on and another eighth decides while fitting. A class with two or
    three groups gives its smallest to the test and keeps the others for training; a class with one group trains.
    A split that was named or prescribed for a source is not added to.

    Args:
        samples: of all sources.
        hold_out: groups for the test split.
        validate: groups for the validation split.
        train: groups to learn from, so that none of them is set aside; all: those not named above.

    Returns:
        Split of each (source, group).

    Raises:
        SplitError: a named source or group does not exist, or a group is named for two splits.
    """
    by_source: dict[str, list[Sample]] = defaultdict(list)
    for sample in samples:
        by_source[sample.source].append(sample)
    for asked in (hold_out, validate, train):
        for source in asked:
            if source not in by_source:
                raise SplitError(f"{source}: no such source (expected one of {', '.join(sorted(by_source))})")
    splits: dict[tuple[str, str], Split] = {}
    for source, members in by_source.items():
        groups = summarise_groups(members)
        named = _take_named(source, groups, hold_out, validate, train)
        for name, split in _divide(groups, named).items():
            splits[source, name] = split
    return splits


def summarise_groups(samples: Sequence[Sample]) -> tuple[Group, ...]:
    """Describe the groups of one source, by name.

    Args:
        samples: of one source.

    Returns:
        Groups in the order of their names.

    Raises:
        SplitError: a group is prescribed for two splits.
    """
    by_group: dict[str, list[Sample]] = defaultdict(list)
    for sample in samples:
        by_group[sample.group].append(sample)
    return tuple(_summarise(name, members) for name, members in sorted(by_group.items()))


def parse_groups(asked: Sequence[str]) -> dict[str, frozenset[str]]:
    """Read SOURCE:GROUP,GROUP as given on the command line.

    Args:
        asked: one text per option.

    Returns:
        Groups by source.

    Raises:
        SplitError: a text is not of that form.
    """
    groups: dict[str, frozenset[str]] = {}
    for text in asked:
        source, colon, names = text.partition(":")
        listed = frozenset(name for name in names.split(",") if name)
        if not (source and colon and listed):
            raise SplitError(f"{text}: not a choice of groups (expected SOURCE:GROUP,GROUP or SOURCE:{EVERYTHING})")
        groups[source] = groups.get(source, frozenset()) | listed
    return groups


def _summarise(name: str, members: list[Sample]) -> Group:
    prescribed = {sample.split for sample in members}
    if len(prescribed) > 1:
        raise SplitError(f"{members[0].source}: group {name} lies in two splits (expected it whole in one)")
    kinds = Counter(kind for sample in members for kind in sample.cell_types())
    kind, count = kinds.most_common(1)[0] if kinds else ("", 0)
    pure = count >= PURE * kinds.total()
    return Group(name, len(members), kind if pure else "", prescribed.pop())


def _take_named(
    source: str, groups: tuple[Group, ...], hold_out: Groups, validate: Groups, train: Groups
) -> dict[str, Split]:
    there = {group.name for group in groups}
    named: dict[str, Split] = {}
    choices: tuple[tuple[Groups, Split], ...] = ((hold_out, "test"), (validate, "val"), (train, "train"))
    for asked, split in choices:
        wanted = asked.get(source, frozenset())
        rest = there - set(named) if split == "train" else there
        for name in sorted(rest) if EVERYTHING in wanted else sorted(wanted):
            if name not in there:
                known = ", ".join(sorted(there)[:12])
                raise SplitError(f"{source}:{name}: no such group (expected some of {known})")
            if name in named:
                raise SplitError(f"{source}:{name}: named twice (expected to be held out, validated on or trained on)")
            named[name] = split
    return named


def _divide(groups: tuple[Group, ...], named: dict[str, Split]) -> dict[str, Split]:
    divided = named | {group.name: group.split for group in groups if group.split and group.name not in named}
    choices: tuple[Split, ...] = ("test", "val")
    wanted = tuple(split for split in choices if split not in divided.values())
    strata: dict[str, list[Group]] = defaultdict(list)
    for group in groups:
        if group.name not in divided:
            strata[group.stratum].append(group)
    for stratum in strata.values():
        held = _hold(stratum, wanted)
        divided |= {group.name: held.get(group.name, "train") for group in stratum}
    return divided


def _hold(stratum: list[Group], wanted: tuple[Split, ...]) -> dict[str, Split]:
    count = len(stratum)
    if count < 2 or not wanted:
        return {}
    if count < 4:
        smallest = min(stratum, key=lambda group: (group.size, group.name))
        return {smallest.name: wanted[0]}
    held = max(1, round(count * HELD_SHARE)) * len(wanted)
    places = [int((turn + 0.5) * count / held) for turn in range(held)]
    return {stratum[place].name: wanted[turn % len(wanted)] for turn, place in enumerate(places)}
