import numpy as np

from contract.cell_types import SMUDGE
from device.smear.crowding import Crowding
from device.smear.slide import VirtualSlide
from device.smear.smudges import draw_smudge, smudge_radius_um
from device.smear.stain import mix_stain
from device.smear.truth import NUCLEUS

UM_PER_PX = 0.2


def test_a_smudge_is_paler_than_a_nucleus_and_has_no_cytoplasm():
    stain = mix_stain(0.1)
    for seed in range(8):
        sprite = draw_smudge(seed, UM_PER_PX, stain)
        assert set(np.unique(sprite.tissue)) == {0, NUCLEUS}
        assert 0.1 < sprite.density[sprite.tissue == NUCLEUS].mean() / stain.nucleus.mean() < 0.75
        area_um2 = (sprite.tissue > 0).sum() * UM_PER_PX**2
        assert 0.4 < area_um2 / (np.pi * smudge_radius_um(seed) ** 2) < 1.4
        assert not sprite.tissue[[0, -1]].any()


def test_the_same_seed_draws_the_same_smudge():
    one, other = (draw_smudge(3, UM_PER_PX, mix_stain(0.1)) for _ in range(2))
    np.testing.assert_array_equal(one.density, other.density)


def test_smudges_lie_on_a_slide_only_where_they_are_asked_for():
    usual = VirtualSlide(4, Crowding(white_per_mm2=900)).render(0, 0, 300, 480, UM_PER_PX)
    none = VirtualSlide(4, Crowding(white_per_mm2=900, smudge=0.0)).render(0, 0, 300, 480, UM_PER_PX)
    np.testing.assert_array_equal(usual[0], none[0])
    _, truth = VirtualSlide(4, Crowding(white_per_mm2=900, smudge=1.0)).render(0, 0, 300, 480, UM_PER_PX)
    assert truth.cells
    assert {cell.cell_type for cell in truth.cells} == {SMUDGE}
