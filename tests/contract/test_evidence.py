from dataclasses import replace

import numpy as np
import pytest

from contract.attributes import AttributeReading, read_attributes
from contract.evidence import WordsError, describe_evidence, describe_learning, read_words
from contract.later import Later
from tests.made_records import SHAPE, make_cell

GROUPS = {"cytoplasm_vacuole": ("no", "yes"), "granule_colour": ("nil", "pink", "red")}


def tell(attributes=None, nucleus_fraction=0.3, border=False, **shape):
    cell = make_cell()
    read = {group: AttributeReading(*reading) for group, reading in (attributes or {}).items()}
    changed = replace(SHAPE, **shape)
    details = Later.of(replace(cell.details.get(), attributes=read, shape=changed))
    return describe_evidence(replace(cell, details=details, nucleus_fraction=nucleus_fraction, touches_border=border))


def test_each_group_gives_its_likeliest_value_and_how_surely():
    read = read_attributes(np.float32([2.0, 0.0, 1.0, 1.0, 1.0]), GROUPS)
    assert read["cytoplasm_vacuole"] == AttributeReading("no", pytest.approx(1 / (1 + np.exp(-2))))
    assert read["granule_colour"] == AttributeReading("nil", pytest.approx(1 / 3))


def test_huge_logits_are_no_overflow():
    assert read_attributes(np.float32([-900, 900, 0, 0, 900]), GROUPS)["cytoplasm_vacuole"].probability == 1.0


def test_a_model_without_attributes_has_none():
    assert read_attributes(None, {}) == {}
    assert tell() == "nucleus of 2 lobes, N:C 0.43, 12.5 um, round cell"


def test_the_evidence_reads_as_a_haematologist_would_say_it():
    told = tell(
        {
            "cell_size": ("big", 0.99),
            "nucleus_shape": ("segmented-bilobed", 0.93),
            "cytoplasm_vacuole": ("no", 0.97),
            "granule_type": ("coarse", 0.88),
            "granule_colour": ("pink", 0.91),
            "granularity": ("yes", 0.99),
        },
        diameter_um=13.1,
    )
    assert told == (
        "nucleus of 2 lobes, looks bilobed (0.93), N:C 0.43, pink coarse granules (0.88), no vacuoles (0.97), "
        "13.1 um, round cell"
    )


def test_what_is_little_better_than_a_coin_is_not_told():
    told = tell({"cytoplasm_vacuole": ("yes", 0.55), "granule_type": ("small", 0.9), "granule_colour": ("red", 0.4)})
    assert "vacuole" not in told
    assert "fine granules (0.90)" in told
    assert "red" not in told


def test_a_cell_without_granules_has_none_of_any_colour():
    told = tell({"granule_type": ("nil", 0.95), "granule_colour": ("pink", 0.7)})
    assert "no granules (0.95)" in told
    assert "pink" not in told


def test_the_nucleus_is_told_from_what_was_measured():
    assert tell(nucleus_lobes=1, nucleus_solidity=0.99).startswith("rounded nucleus")
    assert tell(nucleus_lobes=1, nucleus_solidity=0.9).startswith("indented nucleus")
    assert tell(nucleus_lobes=0).startswith("no nucleus seen")


def test_no_band_is_told_where_the_mask_shows_lobes():
    assert "band" not in tell({"nucleus_shape": ("unsegmented-band", 0.9)}, nucleus_lobes=3)
    assert "looks like a band (0.90)" in tell({"nucleus_shape": ("unsegmented-band", 0.9)}, nucleus_lobes=1)
    assert "looks bilobed (0.90)" in tell({"nucleus_shape": ("segmented-bilobed", 0.9)}, nucleus_lobes=1)


def test_an_odd_cell_is_told_as_such():
    told = tell(nucleus_fraction=1.0, border=True, circularity=0.7)
    assert told.endswith("no cytoplasm seen, 12.5 um, uneven outline, cut by the border")


def test_an_attribute_that_nobody_has_words_for_keeps_its_own_name():
    assert "auer_rods yes (0.80)".replace("_", " ") in tell({"auer_rods": ("yes", 0.8)})


def test_where_attributes_were_learned_is_said():
    assert "from PBC." in describe_learning("PBC")
    assert "another microscope" in describe_learning(None)


def test_a_language_without_words_is_refused():
    with pytest.raises(WordsError, match=r"language: 'xx' \(expected one of: en\)"):
        read_words("xx")


def test_no_page_language_is_without_words_of_evidence():
    """A translation of the page needs one of the evidence."""
    from contract.evidence import WORDS
    from device.page.app import STRINGS

    assert {path.name for path in STRINGS.glob("*.toml")} == {path.name for path in WORDS.glob("*.toml")}
