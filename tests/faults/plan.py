"""Which faults a camera has, and when."""

import random
from dataclasses import dataclass

SHORTEST_S, LONGEST_S = 3.5, 8.0  # every fault is to be noticed within 3 s
SHORTEST_REST_S, LONGEST_REST_S = 6.5, 9.0  # recovery is to take 5 s at most, and a second more until it is told

EVENTS = {
    "stall": "camera_stalled",
    "disconnect": "camera_lost",
    "truncated": "camera_truncated",
    "wrong size": "camera_wrong_size",
    "black": "camera_black",
    "frozen": "camera_frozen",
}


@dataclass(frozen=True)
class Fault:
    kind: str
    begin_s: float
    end_s: float


def plan_faults(seed, seconds):
    """Faults of every kind in random order, from 3 s on, the last over in time for its recovery to be seen."""
    rng, faults, begin_s, kinds = random.Random(seed), [], 3.0, []
    while True:
        kinds = kinds or rng.sample(sorted(EVENTS), len(EVENTS))
        end_s = begin_s + rng.uniform(SHORTEST_S, LONGEST_S)
        rest_s = rng.uniform(SHORTEST_REST_S, LONGEST_REST_S)
        if end_s + rest_s > seconds:
            return faults
        faults.append(Fault(kinds.pop(), begin_s, end_s))
        begin_s = end_s + rest_s
