"""One fact of a manifest changed at random: another value or kind, missing, twice, or one that nobody asked for."""

import copy

STRANGE = (
    None, True, False, "", "x", "line\nbreak", "nul\0nul", "../up", "🔬" * 5, "x" * 100_000, 0, -1, 1, 2, 7, 16, 0.5,
    10**9, 10**30, -(10**30), 1e-9, 1e9, 1e-300, 1e300, 5e-324, float("nan"), float("inf"), -float("inf"), [], {}, [[]],
    [None], {"a": 1}, "NaN", "1", "<script>",
)  # fmt: skip


def find_leaves(value, path=()):
    """Every place in a document, the whole left out."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*path, key)
        yield from find_leaves(inner, (*path, key))


def change_leaf(rng, document):
    """Change one place of a document, in a copy."""
    document = copy.deepcopy(document)
    leaves = list(find_leaves(document))
    # top-level facts are few among thousands of numbers, and matter as much
    shallow = [leaf for leaf in leaves if len(leaf) <= 2]
    choice = shallow if rng.random() < 0.7 else leaves
    *way, key = choice[rng.integers(len(choice))]
    place = document
    for step in way:
        place = place[step]
    rng.choice([set_strange, scale, remove, repeat, add_unknown, borrow])(rng, document, place, key)
    return document


def set_strange(rng, document, place, key):
    place[key] = STRANGE[rng.integers(len(STRANGE))]


def scale(rng, document, place, key):
    if isinstance(place[key], int | float):
        place[key] *= float(rng.choice([-1.0, 0.5, 0.999, 1.001, 2.0, 1e3, 1e-3, 1e12, 1e-12]))
    else:
        set_strange(rng, document, place, key)


def remove(rng, document, place, key):
    del place[key]


def repeat(rng, document, place, key):
    if isinstance(place, list):
        place.insert(key, copy.deepcopy(place[key]))
    else:
        place[f"{key}2"] = place[key]


def add_unknown(rng, document, place, key):
    if isinstance(place, list):
        place.append(STRANGE[rng.integers(len(STRANGE))])
    else:
        place["unknown"] = STRANGE[rng.integers(len(STRANGE))]


def borrow(rng, document, place, key):
    """Put the value of another fact here."""
    other = document
    leaves = list(find_leaves(document))
    for step in leaves[rng.integers(len(leaves))]:
        other = other[step]
    place[key] = copy.deepcopy(other)
