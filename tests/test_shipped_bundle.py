"""What the shipped five-type bundle promises, on a simulated slide that no training set holds."""

import pytest

from contract.bundle import load_bundle
from contract.cell_types import DIFFERENTIAL_ORDER
from contract.notice import RESEARCH_USE
from contract.settings_files import INSTALL_ROOT
from tests.bench.smear import tally_slide

WBC5 = INSTALL_ROOT / "bundles" / "wbc5"


@pytest.fixture(scope="module")
def tally():
    return tally_slide(load_bundle(WBC5))


def test_at_least_95_percent_of_white_cells_are_found(tally):
    assert tally.fields == 20
    assert tally.recall >= 0.95


def test_at_most_5_percent_of_what_is_found_is_no_white_cell(tally):
    assert tally.false_share <= 0.05


def test_the_demo_shows_sensible_names(tally):
    # a demo that names every tenth cell wrongly would teach distrust; accuracy on real cells stands in the card
    assert tally.named_right >= 0.9 * tally.named
    assert tally.unidentified <= 0.1 * tally.found


def test_it_is_the_five_part_differential_within_its_size():
    bundle = load_bundle(WBC5)
    assert sorted(bundle.manifest.classes) == sorted(DIFFERENTIAL_ORDER)
    assert (WBC5 / "model.tflite").stat().st_size <= 2_000_000
    assert RESEARCH_USE in (WBC5 / "card.md").read_text(encoding="utf-8")
