"""Heat maps of a network that knows purple: evidence lies in the cell, and covering it takes it away."""

from datetime import UTC, datetime

import numpy as np
import pytest

from contract.bundle import load_bundle
from contract.cell_types import UNIDENTIFIED
from device.drawing.heat_map import Heat, find_heat, likeliest
from device.drawing.heat_picture import PANEL_PX, draw_heat_map
from device.drawing.occlusion import cover_and_look
from device.drawing.palette import BLUE, VERMILION
from device.frame import Quality, make_frame
from device.network.classifier import Classifier
from tests.device.page.made_instrument import draw_cell

QUALITY = Quality(mean_luminance=180.0, saturated_fraction=0.0, contrast=20.0, focus=3.0, reason=None)


@pytest.fixture(scope="module")
def classifier(tiny_bundle):
    with Classifier(load_bundle(tiny_bundle), 1) as opened:
        yield opened


@pytest.fixture(scope="module")
def analysis(classifier, smear_field):
    moment = datetime(2026, 1, 31, tzinfo=UTC)
    frame = make_frame(smear_field[0], QUALITY, 0.15, seq=1, captured_at=moment, simulated=True)
    return classifier.analyse(frame)


@pytest.fixture(scope="module")
def cell(analysis):
    height, width = analysis.prediction.frame.image.shape[:2]
    whole = [cell for cell in analysis.prediction.cells if not cell.touches_border]
    assert whole, f"no whole cell in a field of {height} x {width}"
    return max(whole, key=lambda found: found.area_um2)


def make_cell_and_image():
    image = np.full((120, 160, 3), 220, np.uint8)
    return draw_cell(image, 80, 60, "monocyte"), image


def sample(heat, cell):
    """Value of the heat at the middle of the cell's box."""
    x, y = (cell.box[0] + cell.box[2]) / 2, (cell.box[1] + cell.box[3]) / 2
    column, row = (int((at - o) / p) for at, o, p in zip((x, y), heat.origin, heat.px_per_place, strict=True))
    return heat.values[row, column]


def test_a_prediction_keeps_what_every_place_of_its_field_says(analysis, cell, classifier):
    places = analysis.prediction.places
    np.testing.assert_array_equal(places.logits, analysis.outputs.cell_type)
    heat = find_heat(cell, places, classifier.bundle.manifest.classes)
    assert sample(heat, cell) > 0
    assert heat.title == f"speaks for {likeliest(cell).replace('_', ' ')}"


def test_an_unidentified_cell_is_explained_by_what_it_looks_most_like():
    cell, _ = make_cell_and_image()
    assert cell.cell_type == likeliest(cell) == "monocyte"
    image = np.full((120, 160, 3), 220, np.uint8)
    assert likeliest(draw_cell(image, 80, 60, UNIDENTIFIED)) == "neutrophil"


def test_covering_parts_of_a_cell_changes_what_it_says_and_only_its_own_parts_are_covered(analysis, cell, classifier):
    heat = cover_and_look(cell, analysis.prepared, classifier)
    # this network goes by mean colour: plasma in a cell speaks for the palest type and against the darker ones
    assert np.abs(heat.values).max() > 0.5  # logits
    rows, columns = np.nonzero(heat.values)
    x = heat.origin[0] + (columns + 0.5) * heat.px_per_place[0]
    y = heat.origin[1] + (rows + 0.5) * heat.px_per_place[1]
    reach = max(heat.px_per_place)  # a place at the cell's edge has its middle outside the box
    assert cell.box[0] - reach < x.min() < x.max() < cell.box[2] + reach
    assert cell.box[1] - reach < y.min() < y.max() < cell.box[3] + reach


def test_a_cell_at_the_edge_of_the_field_can_be_covered_too(analysis, classifier):
    for cut in (cell for cell in analysis.prediction.cells if cell.touches_border):
        assert np.isfinite(cover_and_look(cut, analysis.prepared, classifier).values).all()


def hue_of(picture, x, y):
    """Is a pixel nearer to orange or to blue?"""
    far = [np.abs(picture[y, x].astype(float) - colour).sum() for colour in (VERMILION, BLUE)]
    return "orange" if far[0] < far[1] else "blue"


def test_what_speaks_for_the_class_is_orange_and_what_speaks_against_it_blue():
    cell, image = make_cell_and_image()
    values = np.repeat(np.float32([[-5, -5, 5, 5]]), 3, axis=0)
    heat = Heat("speaks for monocyte", values, (0.0, 0.0), (40.0, 40.0))  # left half against, right half for
    picture = draw_heat_map(image, cell, [heat], "round", 0.15)
    left, middle = PANEL_PX + 4, PANEL_PX // 2
    assert hue_of(picture, left + middle - 60, middle) == "blue"
    assert hue_of(picture, left + middle + 60, middle) == "orange"
    np.testing.assert_array_equal(picture[5, left + 5], [220, 220, 220])  # outside the cell nothing is tinted
    np.testing.assert_array_equal(picture[middle, middle + 40], image[60, 80])  # and the cell itself stands beside it


def test_heat_lies_on_the_field_pixel_it_belongs_to():
    cell, image = make_cell_and_image()
    values = np.zeros((120, 160), np.float32)
    values[50:54, 90:94] = 5  # one spot, in field pixels
    picture = draw_heat_map(image, cell, [Heat("spot", values, (0.0, 0.0), (1.0, 1.0))], "", 0.15)
    panel = picture[:PANEL_PX, PANEL_PX + 4 : 2 * PANEL_PX + 4].astype(int)
    rows, columns = np.nonzero(panel[..., 0] - panel[..., 2] > 100)
    side = 1.5 * max(cell.box[2] - cell.box[0], cell.box[3] - cell.box[1])
    x, y = (columns.mean() + 0.5) * side / PANEL_PX, (rows.mean() + 0.5) * side / PANEL_PX
    corner = (cell.box[0] + cell.box[2] - side) / 2, (cell.box[1] + cell.box[3] - side) / 2
    assert (corner[0] + x, corner[1] + y) == pytest.approx((92, 52), abs=0.5)


def test_a_cell_at_the_corner_of_a_field_is_drawn_with_what_lies_beyond_in_grey():
    image = np.full((120, 160, 3), 220, np.uint8)
    cell = draw_cell(image, 5, 5, "monocyte")
    picture = draw_heat_map(image, cell, [], "", 0.15)
    np.testing.assert_array_equal(picture[3, 3], [60, 60, 60])
