"""Drift over weeks of recorded fields, in a real SQLite file."""

import time
from datetime import timedelta

import pytest

from contract.settings_files import load_settings
from device.drift.looks import find_first, find_last_camera, read_looks
from device.drift.summary import DriftBook, read_drift
from device.drift.warning import DriftWatch, describe_change, measure_change
from device.keeping.store import DATABASE_NAME, Store
from tests.device.drift.made_weeks import BEGIN, PLAIN, add_event, add_fields, fade, shine, work_days
from tests.made_records import make_judged, open_slide

LIMITS = load_settings().device.drift
CAMERA = "simulated"


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / DATABASE_NAME, "scope 1") as opened:
        yield opened


def find_words(store, at):
    change = measure_change(store.readers, CAMERA, at)
    return None if change is None else describe_change(change, LIMITS)


def test_a_lamp_that_fades_over_weeks_is_seen_and_told(store):
    moments = work_days(21, 120)
    add_fields(store, moments, fade(moments, a_day=0.007))
    drift = read_drift(store.readers, CAMERA, 30, moments[-1] + timedelta(hours=1))
    levels = [stretch.spreads["lamp"].median for stretch in drift.stretches]
    assert drift.step == "day"
    assert len(levels) == 21
    assert levels[-1] / levels[0] == pytest.approx(1 - 0.007 * 20, abs=0.01)
    (warning,) = find_words(store, moments[-1] + timedelta(hours=1))
    assert warning.startswith("lamp has drifted: 14% darker since its first day (2026-03-02)")


def test_a_steady_lamp_is_not_complained_of(store):
    moments = work_days(10, 60)
    add_fields(store, moments, fade(moments, a_day=0.0, sd=0.05))
    assert find_words(store, moments[-1] + timedelta(hours=1)) == ()


def test_after_a_flat_field_the_lamp_has_a_new_first_day(store):
    moments = work_days(20, 60)
    add_fields(store, moments, fade(moments, a_day=0.01))
    add_event(store, BEGIN + timedelta(days=15, hours=3), "optics_flat")
    assert find_words(store, moments[-1] + timedelta(hours=1)) == ()
    drift = read_drift(store.readers, CAMERA, 30, moments[-1] + timedelta(hours=1))
    assert [one.kind for one in drift.calibrations] == ["optics_flat"]
    later = work_days(8, 60, BEGIN + timedelta(days=20))
    add_fields(store, later, fade(later, a_day=0.01))
    (warning,) = find_words(store, later[-1] + timedelta(hours=1))
    assert "since the last flat field (2026-03-17)" in warning


def test_a_lamp_that_turns_red_is_told_apart_from_a_darker_one(store):
    days = work_days(1, 60), work_days(1, 60, BEGIN + timedelta(days=7))
    add_fields(store, days[0], [PLAIN] * 60)
    add_fields(store, days[1], [shine(0.97, red=1.2)] * 60)
    (warning,) = find_words(store, days[1][-1] + timedelta(hours=1))
    assert warning.startswith("colour has drifted: 20% more red since its first day")


@pytest.mark.parametrize(("days", "fields"), [(1, 200), (5, 4)])
def test_too_little_says_nothing(store, days, fields):
    moments = work_days(days, fields)
    add_fields(store, moments, fade(moments, a_day=0.2))
    assert measure_change(store.readers, CAMERA, moments[-1] + timedelta(hours=1)) is None


def test_median_and_quartiles_are_those_of_the_hour(store):
    moments = [BEGIN + timedelta(minutes=5 * n, seconds=s) for n in range(24) for s in range(3)]
    focus = [1.0, 2.0, 4.0] * 24
    add_fields(store, moments, [shine(1.0).__class__(150, 0, 20, one, None) for one in focus])
    drift = read_drift(store.readers, CAMERA, 1, BEGIN + timedelta(hours=2))
    assert [(stretch.looks, stretch.at.minute) for stretch in drift.stretches] == [(36, 0), (36, 0)]
    spread = drift.stretches[0].spreads["focus"]
    assert (spread.low, spread.median, spread.high) == (1.0, 2.0, 4.0)
    assert "lamp" not in drift.stretches[0].spreads  # older records say nothing of it


def test_other_cameras_do_not_mix(store):
    moments = work_days(1, 50)
    add_fields(store, moments, [PLAIN] * 50)
    other = store.open_slide(accession="B", operator="", bundle_id="b", target=1, camera="pi", simulated=False)
    add_fields(store, [at + timedelta(seconds=1) for at in moments], [shine(0.5)] * 50, other)
    until = BEGIN + timedelta(days=1)
    assert {look.values["red"] for look in read_looks(store.readers, CAMERA, BEGIN, until)} == {200.0}
    assert {look.values["red"] for look in read_looks(store.readers, "pi", BEGIN, until)} == {100.0}
    assert find_last_camera(store.readers) == "pi"
    assert find_first(store.readers, "pi") == BEGIN + timedelta(seconds=1)


def test_an_empty_file_has_no_drift(store):
    assert read_drift(store.readers, CAMERA, 14, BEGIN).stretches == ()
    assert find_last_camera(store.readers) is None
    assert measure_change(store.readers, CAMERA, BEGIN) is None


def test_fields_recorded_the_usual_way_are_found(store):
    slide_id = open_slide(store)
    judged = make_judged()
    before = time.time()
    store.add_field(slide_id, judged)
    # made_records gives frames of a fixed day: what counts is that the id, made now, is looked up by time
    row = store.readers.connect().exec_driver_sql("SELECT id FROM field").scalar_one()
    assert abs(int(row.replace("-", "")[:12], 16) / 1000 - before) < 60


def test_what_is_read_does_not_grow_with_the_number_of_fields(store):
    moments = work_days(4, 1000)
    slide_id = add_fields(store, moments[::2], fade(moments[::2], 0.0))
    until = moments[-1] + timedelta(hours=1)
    few = read_drift(store.readers, CAMERA, 60, until)
    add_fields(store, moments[1::2], fade(moments[1::2], 0.0), slide_id)
    many = read_drift(store.readers, CAMERA, 60, until)
    assert [stretch.looks for stretch in many.stretches] == [stretch.looks for stretch in few.stretches]
    assert sum(stretch.looks for stretch in many.stretches) < len(moments) / 10


def test_a_book_that_read_before_says_what_a_new_one_says(store):
    moments = work_days(4, 300)
    qualities = fade(moments, a_day=0.01)
    book, slide_id, done = DriftBook(store.readers, CAMERA), None, 0
    for hours in (6, 7, 7.2, 8, 9, 25, 30.5, 31, 57, 79, 80, 96):
        at = BEGIN + timedelta(hours=hours)
        come = sum(moment < at for moment in moments)
        if come > done:
            slide_id = add_fields(store, moments[done:come], qualities[done:come], slide_id)
        done = come
        for days in (1, 2, 20):
            assert book.read(days, at) == read_drift(store.readers, CAMERA, days, at)


def test_the_watch_reads_once_in_a_while_and_then_again(store):
    moments = work_days(1, 60)
    add_fields(store, moments, [PLAIN] * 60)
    watch = DriftWatch(store.readers, CAMERA, LIMITS, keep_s=1000)
    assert watch.find_warnings() == ()
    store.readers.dispose()
    assert watch.find_warnings() == ()
