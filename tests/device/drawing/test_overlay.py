from dataclasses import replace
from datetime import UTC, datetime

import cv2
import numpy as np
import pytest

from contract.cell import Cell, Details, FieldClass
from contract.cell_types import DIFFERENTIAL_ORDER, SCREENING_ORDER, UNIDENTIFIED
from contract.later import Later
from device.drawing.lettering import Lettering
from device.drawing.overlay import describe_cell, draw_overlay
from device.drawing.palette import style_of
from device.frame import Quality, make_frame
from device.preclassification import Prediction
from tests.made_records import SHAPE as FORM

SHAPE = (600, 960)


def cell_at(x, y, radius=40, cell_type="neutrophil", confidence=0.976, candidates=("neutrophil",)):
    angles = np.linspace(0, 2 * np.pi, 24, endpoint=False)

    def ring(r):
        return tuple((round(x + r * np.cos(a)), round(y + r * np.sin(a))) for a in angles)

    return Cell(
        box=(x - radius, y - radius, x + radius, y + radius),
        cell_type=cell_type,
        confidence=confidence,
        probabilities=dict.fromkeys(DIFFERENTIAL_ORDER, 0.2),
        candidates=candidates,
        nucleus_fraction=0.25,
        area_um2=110.0,
        touches_border=False,
        outside=-1.0,
        features=(),
        details=Later.of(Details(ring(radius), (ring(radius // 2),), FORM, {})),
    )


def predict(cells=(), *, shape=SHAPE, simulated=False, rejected=None, field_class=None):
    image = np.full((*shape, 3), 200, np.uint8)
    quality = Quality(200.0, 0.0, 10.0, 5.0, rejected)
    moment = datetime(2026, 1, 31, tzinfo=UTC)
    frame = make_frame(image, quality, 0.15, seq=1, captured_at=moment, simulated=simulated)
    return Prediction(frame, tuple(cells), rejected, field_class, "tiny-1.0+0", 1.0)


def changed(drawn, other):
    return (drawn != other).any(axis=2)


def has_colour(drawn, rgb):
    return (drawn == rgb).all(axis=2)


def test_the_frame_itself_is_never_drawn_on():
    prediction = predict([cell_at(300, 300)])
    drawn = draw_overlay(prediction)
    assert drawn.shape == (*SHAPE, 3)
    assert (prediction.frame.image == 200).all()
    assert not np.shares_memory(drawn, prediction.frame.image)


def test_the_outline_goes_round_the_contour_in_the_colour_of_the_type():
    drawn = draw_overlay(predict([cell_at(300, 300, cell_type="eosinophil")]))
    y, x = np.nonzero(has_colour(drawn, style_of("eosinophil").rgb))
    on_ring = np.abs(np.hypot(x - 300, y - 300) - 40) <= 2
    angles = np.degrees(np.arctan2(y[on_ring] - 300, x[on_ring] - 300))
    assert np.histogram(angles, bins=24, range=(-180, 180))[0].min() > 0


def test_the_nucleus_is_outlined_in_dashes():
    drawn = draw_overlay(predict([cell_at(300, 300)]))
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    ring = np.abs(np.hypot(x - 300, y - 300) - 20) <= 3
    white, _ = cv2.connectedComponents((ring & (drawn.min(axis=2) > 225)).astype(np.uint8))
    assert white - 1 >= 4
    assert (ring & (drawn.max(axis=2) < 60)).any()


def test_a_label_names_type_and_whole_percent():
    assert describe_cell(cell_at(1, 1)) == "neutrophil 98%"


def test_an_unidentified_cell_shows_a_question_mark_and_its_candidates():
    unsure = cell_at(1, 1, cell_type=UNIDENTIFIED, confidence=0.48, candidates=("neutrophil", "eosinophil"))
    assert describe_cell(unsure) == "? NEU/EOS 48%"


def test_simulated_is_said_only_where_it_is_true():
    badge = changed(draw_overlay(predict(simulated=True)), draw_overlay(predict()))
    y, x = np.nonzero(badge)
    assert y.max() < 40
    assert x.min() > 800


def test_research_use_stands_at_the_foot_of_every_picture():
    for prediction in (predict(), predict(rejected="too dark: mean luminance 12 (at least 40)")):
        foot = draw_overlay(prediction)[-22:]
        assert foot[0].max() < 60
        assert foot.max() > 200


def test_a_cell_at_the_edge_covers_nothing_that_has_to_be_read():
    probabilities = dict.fromkeys(SCREENING_ORDER, 0.01) | {"pre_b": 0.97}
    field_class = FieldClass("pre_b", 0.97, probabilities)
    with_cells = draw_overlay(predict([cell_at(20, 20), cell_at(300, 590)], field_class=field_class))
    without = draw_overlay(predict(field_class=field_class))
    assert (with_cells[4:18, 4:100] == without[4:18, 4:100]).all()
    # The band darkens what lies under it; its letters stay, but for their soft edges, which take on a little of it.
    letters = without[-18:].min(axis=2) > 230
    assert letters.any()
    assert with_cells[-18:].min(axis=2)[letters].min() > 200


def test_a_rejected_field_shows_its_reason_and_no_cell():
    drawn = draw_overlay(predict([cell_at(300, 300)], rejected="too dark: mean luminance 12 (at least 40)"))
    assert not changed(drawn, np.full_like(drawn, 200))[40:-30].any()
    assert changed(drawn, np.full_like(drawn, 200))[:24, :300].any()


def test_a_field_class_stands_in_the_upper_left_corner():
    probabilities = dict.fromkeys(SCREENING_ORDER, 0.01) | {"pre_b": 0.97}
    drawn = draw_overlay(predict(field_class=FieldClass("pre_b", 0.97, probabilities)))
    assert has_colour(drawn[:24, :160], style_of("pre_b").rgb).any()


def test_labels_do_not_lie_on_each_other_or_leave_the_picture():
    lettering = Lettering(np.zeros((*SHAPE, 3), np.uint8))
    taken = []
    for x, y in ((2, 2), (40, 6), (900, 2), (930, 590), (300, 300), (310, 305)):
        text = "neutrophil 98%"
        place = lettering.find_place(text, (x, y, x + 30, y + 30), taken)
        taken.append(lettering.write(text, place, (0, 0, 0), (255, 255, 255)))
    for index, (x0, y0, x1, y1) in enumerate(taken):
        assert 0 <= x0 < x1 <= SHAPE[1]
        assert 0 <= y0 < y1 <= SHAPE[0]
        assert not any(x0 < b[2] and b[0] < x1 and y0 < b[3] and b[1] < y1 for b in taken[:index])


@pytest.mark.parametrize("shape", [(48, 64), (240, 240), (2464, 3280)])
def test_pictures_of_any_size_are_drawn(shape):
    prediction = predict([cell_at(20, 20, 15)], shape=shape, simulated=True)
    assert draw_overlay(prediction).shape == (*shape, 3)


def test_a_cell_without_nucleus_outline_is_drawn():
    whole = cell_at(300, 300)
    without = Later.of(replace(whole.details.get(), nucleus_contours=()))
    assert draw_overlay(predict([replace(whole, details=without)])).shape == (*SHAPE, 3)


def test_every_known_type_has_its_own_colour_and_short_name():
    for order in (DIFFERENTIAL_ORDER, SCREENING_ORDER):
        styles = [style_of(name) for name in (*order, UNIDENTIFIED)]
        assert len({style.rgb for style in styles}) == len({style.short for style in styles}) == len(styles)


def test_types_of_another_bundle_get_colours_by_their_place_in_it():
    classes = ("blast", "band", "smudge")
    assert len({style_of(name, classes).rgb for name in classes}) == 3
    assert style_of("blast", classes).short == "BLA"
    assert style_of("early_pre_b").name == "early pre b"
    assert style_of("neutrophil").hex == "#0072b2"
