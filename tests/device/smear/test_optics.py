import numpy as np
import pytest

from device.smear.optics import Optics, develop, expose, make_noise, shade

PLAIN = Optics(centre=(200, 200, 200), rim=(200, 200, 200), haze=0.0, defocus_um=0.0, fringe=0.0, noise=0, blotches=0)


def photograph(density, optics, phase=None):
    phase = np.zeros(density.shape[:2], np.float32) if phase is None else phase
    light = shade(optics, *density.shape[:2])
    levels = expose(density.copy(), phase, light, optics, 0.15)
    noise = make_noise(np.random.default_rng(0), optics, *density.shape[:2])
    return develop(levels, noise, optics)


def test_an_optical_density_of_one_lets_a_tenth_of_the_light_through():
    assert (photograph(np.ones((20, 30, 3), np.float32), PLAIN) == 20).all()


def test_overlapping_cells_multiply_what_they_let_through():
    one, two = (photograph(np.full((8, 8, 3), d, np.float32), PLAIN)[0, 0, 0] for d in (0.2, 0.4))
    assert two / 200 == pytest.approx((one / 200) ** 2, abs=0.01)  # whole grey levels


def test_haze_takes_contrast_away_and_leaves_the_plasma():
    density = np.zeros((8, 8, 3), np.float32)
    density[4] = 1.0
    hazy = photograph(density, Optics(**{**_fields(PLAIN), "haze": 0.5}))
    assert hazy[0, 0, 0] == 200
    assert hazy[4, 4, 0] == pytest.approx(110, abs=1)


def test_the_rim_takes_its_own_colour():
    optics = Optics(**{**_fields(PLAIN), "rim": (250, 200, 220), "lean": (0.0, 0.0)})
    light = shade(optics, 61, 81)
    assert light[30, 40] == pytest.approx([200, 200, 200], abs=0.5)
    assert light[0, 0] == pytest.approx([250, 200, 220], abs=0.5)


def test_defocus_softens_an_edge():
    density = np.zeros((40, 40, 3), np.float32)
    density[:, 20:] = 0.5
    sharp, soft = (
        photograph(density, Optics(**{**_fields(PLAIN), "defocus_um": sigma}))[20, :, 1].astype(int)
        for sigma in (0.0, 0.6)
    )
    assert np.abs(np.diff(soft)).max() < np.abs(np.diff(sharp)).max() / 3


def test_a_fringe_brightens_one_side_of_an_edge_and_darkens_the_other():
    phase = np.zeros((40, 40), np.float32)
    phase[:, 20:] = 1.0
    seen = photograph(np.zeros((40, 40, 3), np.float32), Optics(**{**_fields(PLAIN), "fringe": 0.05}), phase)
    assert seen[20, 17:23, 1].max() > 202
    assert seen[20, 17:23, 1].min() < 198


def test_noise_has_the_deviation_asked_for():
    noise = make_noise(np.random.default_rng(1), Optics(noise=3.0, blotches=0.0), 200, 200)
    # The fine part is mixed with a blurred one and rounded: about one level around it.
    assert noise.std() == pytest.approx(3.0, abs=1.0)
    assert abs(noise.mean()) < 0.1


def _fields(optics):
    return {name: getattr(optics, name) for name in Optics.__slots__}
