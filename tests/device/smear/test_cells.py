import numpy as np
import pytest

from contract.cell_types import DIFFERENTIAL_ORDER
from device.smear.platelets import draw_platelet
from device.smear.red_cells import DIAMETER_UM, RedCellStyle, draw_red_cell
from device.smear.stain import mix_stain
from device.smear.truth import CYTOPLASM, NUCLEUS
from device.smear.white_cells import cell_radius_um, draw_white_cell

UM_PER_PX = 0.15
DIAMETERS_UM = {
    "neutrophil": (12, 14),
    "lymphocyte": (8, 12),
    "monocyte": (15, 20),
    "eosinophil": (12, 16),
    "basophil": (10, 14),
}
STAIN = mix_stain(0.2)


@pytest.mark.parametrize("cell_type", DIFFERENTIAL_ORDER)
def test_a_white_cell_has_the_size_of_its_type(cell_type):
    low, high = DIAMETERS_UM[cell_type]
    for seed in range(8):
        tissue = draw_white_cell(seed, cell_type, UM_PER_PX, STAIN).tissue
        diameter = 2 * np.sqrt((tissue > 0).sum() / np.pi) * UM_PER_PX
        # Dents and softened edges move the area of an outline by some per cent.
        assert 0.93 * low < diameter < 1.1 * high
        assert low <= 2 * cell_radius_um(seed, cell_type) <= high


@pytest.mark.parametrize("cell_type", DIFFERENTIAL_ORDER)
def test_the_nucleus_lies_inside_its_cell_and_is_darkest(cell_type):
    for seed in range(4):
        sprite = draw_white_cell(seed, cell_type, UM_PER_PX, STAIN)
        dark = sprite.density.sum(axis=2)
        assert 0.2 < (sprite.tissue == NUCLEUS).sum() / (sprite.tissue > 0).sum() < 0.98
        assert dark[sprite.tissue == NUCLEUS].mean() > dark[sprite.tissue == CYTOPLASM].mean()
        assert not sprite.tissue[0].any()
        assert not sprite.tissue[:, 0].any()


def test_a_lymphocyte_is_mostly_nucleus_and_a_neutrophil_is_not():
    def share(cell_type):
        tissues = [draw_white_cell(seed, cell_type, UM_PER_PX, STAIN).tissue for seed in range(10)]
        return np.mean([(t == NUCLEUS).sum() / (t > 0).sum() for t in tissues])

    assert share("lymphocyte") > 0.65 > 0.55 > share("neutrophil")


def test_an_eosinophil_is_redder_than_a_monocyte():
    def redness(cell_type):
        sprite = draw_white_cell(1, cell_type, UM_PER_PX, STAIN)
        red, _, blue = sprite.density[sprite.tissue == CYTOPLASM].mean(axis=0)
        return blue - red

    assert redness("eosinophil") > redness("monocyte")


def test_no_two_cells_are_alike():
    first, second = (draw_white_cell(seed, "neutrophil", UM_PER_PX, STAIN).tissue for seed in (1, 2))
    assert first.shape != second.shape or not np.array_equal(first, second)


def test_a_red_cell_measures_seven_micrometres_and_is_thin_in_the_middle():
    discs = [draw_red_cell(seed, UM_PER_PX, RedCellStyle()) for seed in range(30)]
    diameters = [2 * np.sqrt((disc > 0.05).sum() / np.pi) * UM_PER_PX for disc in discs]
    assert np.mean(diameters) == pytest.approx(DIAMETER_UM, rel=0.07)
    assert np.mean([disc[len(disc) // 2, len(disc) // 2] / disc.max() for disc in discs]) < 0.6


def test_a_flat_style_has_no_pallor():
    disc = draw_red_cell(1, UM_PER_PX, RedCellStyle(pallor=0.0, dark_rim=0.0))
    middle = len(disc) // 2
    assert disc[middle, middle] == pytest.approx(disc.max(), rel=0.01)


def test_a_platelet_measures_two_to_three_micrometres_and_has_no_tissue():
    for seed in range(10):
        sprite = draw_platelet(seed, UM_PER_PX, STAIN)
        diameter = 2 * np.sqrt((sprite.phase > 0.25).sum() / np.pi) * UM_PER_PX
        assert 1.7 < diameter < 3.5
        assert not sprite.tissue.any()
