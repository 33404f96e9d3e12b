"""Mutate bundles at random and install each: ``make test-mutations``. Ends with 1 if one slips or crashes through."""

import sys
import tempfile
import time
from pathlib import Path

from tqdm import tqdm

from tests.mutations.bases import make_bases
from tests.mutations.running import prepare, run_cases, tabulate

SHOWN = 30


def main(count, first=0):
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        bases = make_bases(Path(folder))
        prepare(bases)
        cases = list(tqdm(run_cases(bases, Path(folder) / "work", first, first + count), total=count))
    print("\n".join(tabulate(cases)))
    wrong = [case for case in cases if not case.lawful]
    for case in wrong[:SHOWN]:
        print(f"{case.number} {case.kind} of {case.base}: {case.outcome}: {case.line}")
    took_s, longest_s = time.monotonic() - begun, max(case.seconds for case in cases)
    print(f"{len(cases)} mutated bundles, {len(wrong)} wrong, {took_s:.0f} s, the longest {longest_s:.1f} s")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*(int(argument) for argument in sys.argv[1:])))
