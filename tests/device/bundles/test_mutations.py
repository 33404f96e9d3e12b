"""The first of the mutated bundles of `make test-mutations`: each is refused in one line or proven the same."""

import pytest

from tests.mutations.bases import make_bases
from tests.mutations.running import prepare, run_cases, tabulate

COUNT = 60


@pytest.mark.timeout(900)
def test_a_mutated_bundle_is_refused_in_one_line_or_answers_as_before(tiny_bundle, tiny_screening_bundle, tmp_path):
    bases = make_bases(tmp_path, tiny_bundle, tiny_screening_bundle)
    prepare(bases)
    cases = list(run_cases(bases, tmp_path / "work", 0, COUNT))
    assert len(cases) == COUNT
    assert not [case for case in cases if not case.lawful], "\n".join(tabulate(cases))
    # a test whose mutations all missed would pass too
    assert sum(case.outcome == "refused" for case in cases) > COUNT / 2
