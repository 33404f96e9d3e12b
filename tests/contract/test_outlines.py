from dataclasses import replace

import cv2
import numpy as np
import pytest

from contract.quantized import Quantized
from contract.reading import read_cells
from tests.contract.test_instances import draw_pair
from tests.contract.test_reading import draw_discs, make_manifest

FIELD_UM = 0.125  # of a field pixel: the drawn fields are twice as fine as the prepared ones


def measure_area_um2(contour):
    return cv2.contourArea(np.array(contour, np.float32)) * FIELD_UM**2


@pytest.mark.parametrize("radius", [16, 20, 24, 30])
@pytest.mark.parametrize("shift", [0.0, 0.7, 1.9, 3.1])
def test_an_outline_encloses_the_area_that_is_told_and_is_round_where_the_cell_is(radius, shift):
    outputs, prepared = draw_discs([(80 + shift, 76 - shift / 2, radius, 0.6 * radius, 1)])
    (cell,) = read_cells(outputs, prepared, make_manifest())
    true_um2 = np.pi * (radius / 4) ** 2
    assert measure_area_um2(cell.contour) == pytest.approx(true_um2, rel=0.03)
    # pixels that are counted are a step of the grid or two off where the smallest cell's rim lies between them
    assert cell.area_um2 == pytest.approx(true_um2, rel=0.04)
    points = np.array(cell.contour) - 2 * np.array([80 + shift, 76 - shift / 2]) + 0.5
    # a pixel of the grid is 4 field pixels: what followed its corners would be 2 off
    assert np.hypot(*points.T) == pytest.approx(2 * radius, abs=1.5)


@pytest.mark.parametrize("nucleus", [14, 20, 23, 24])
def test_a_nucleus_never_reaches_out_of_its_cell(nucleus):
    outputs, prepared = draw_discs([(80, 76, 24, nucleus, 1)])
    (cell,) = read_cells(outputs, prepared, make_manifest())
    contour = np.array(cell.contour, np.float32)
    for point in (point for outline in cell.nucleus_contours for point in outline):
        # corners are whole field pixels: one may lie a rounding outside
        assert cv2.pointPolygonTest(contour, tuple(map(float, point)), True) > -1.0


def test_the_outline_of_a_cell_at_the_edge_runs_along_the_edge():
    outputs, prepared = draw_discs([(6, 80, 24, 14, 1)])
    (cell,) = read_cells(outputs, prepared, make_manifest())
    points = np.array(cell.contour)
    assert points[:, 0].min() <= 2
    assert measure_area_um2(cell.contour) == pytest.approx(cell.area_um2, rel=0.06)


def test_outlines_of_touching_cells_meet_and_do_not_overlap():
    outputs, prepared = draw_pair(42)
    pictures = []
    for cell in read_cells(outputs, prepared, make_manifest()):
        picture = np.zeros(prepared.field_shape, np.uint8)
        cv2.fillPoly(picture, [np.array(cell.contour, np.int32)], 1)
        pictures.append(picture)
    one, other = pictures
    # filling a polygon draws its rim on both sides
    assert (one & other).sum() < 0.02 * min(one.sum(), other.sum())
    assert cv2.dilate(one, np.ones((9, 9)))[other > 0].any()


def test_integers_read_as_the_numbers_they_stand_for():
    outputs, prepared = draw_discs([(60, 60, 24, 14, 2), (150, 100, 20, 12, 1)])
    scale, zero = 0.0625, -7

    def quantize(real):
        return Quantized(np.clip(np.rint(real / scale) + zero, -128, 127).astype(np.int8), scale, zero)

    names = ("mask", "interior", "cell_type", "features")
    integers = replace(outputs, **{name: quantize(getattr(outputs, name)) for name in names})
    real = replace(outputs, **{name: np.asarray(getattr(integers, name)) for name in names})
    assert integers.features.shape == real.features.shape
    assert read_cells(integers, prepared, make_manifest()) == read_cells(real, prepared, make_manifest())
