import threading
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
import pytest
from sqlalchemy import select

from contract import tables
from contract.bundle import load_bundle
from contract.settings_files import load_settings
from device.cameras.source import Absence, Shot, SourceError
from device.keeping.slides import Slides
from device.keeping.store import Store
from device.loop import finishing
from device.loop.finishing import Outlets
from device.loop.health import STAGES, HealthBook
from device.loop.live import Live
from device.loop.pipeline import Pipeline
from device.loop.recorder import Recorder, RecorderError
from device.loop.skipping import BAD_IN_A_ROW
from device.network.classifier import Classifier
from device.optics.setting import Optics, Setting
from device.smear.slide import VirtualSlide

SETTINGS = load_settings().device
UM_PER_PX = 0.5


class Album:
    """A camera whose pictures are known beforehand; None: it is away."""

    name, simulated = "album", True

    def __init__(self, *images, at_rest=True):
        self.images, self._at_rest, self.closed = images, at_rest, False

    def __exit__(self, *exc):
        self.closed = True

    def shots(self):
        for number, image in enumerate(self.images):
            if self.closed:
                return
            if image is None:
                yield Absence()
                continue
            yield Shot(image, datetime.now(UTC), UM_PER_PX, f"picture {number}", self.simulated, self._at_rest)


@dataclass
class Bench:
    """A pipeline with everything around it that it needs."""

    classifier: Classifier
    store: Store
    slides: Slides
    live: Live = field(default_factory=lambda: Live(jpeg_quality=85, most_per_s=1000))
    health: HealthBook = field(default_factory=HealthBook)
    stop: threading.Event = field(default_factory=threading.Event)

    def show(self, *images, at_rest=True, write=None, finished=lambda: None):
        def store_entry(entry):
            assert entry.judged.prediction.frame.image.base.nbytes == 1, "a record waits without its pixels"
            self.store.add_field(entry.slide_id, entry.judged)

        with Recorder(write or store_entry, queue_fields=2, full_queue_s=10) as recorder:
            outlets = Outlets(self.live, recorder, self.health, finished)
            album = Album(*images, at_rest=at_rest)
            Pipeline(album, Optics(Setting(UM_PER_PX)), self.classifier, self.slides, SETTINGS, outlets).run(self.stop)

    def read(self, table):
        with self.store.readers.connect() as connection:
            return [dict(row) for row in connection.execute(select(table).order_by(table.c.seq)).mappings()]


@pytest.fixture
def bench(tiny_bundle, tmp_path):
    with ExitStack() as opened:
        classifier = opened.enter_context(Classifier(load_bundle(tiny_bundle), threads=1))
        store = opened.enter_context(Store(tmp_path / "records.sqlite", "bench"))
        slides = Slides(store, bundle_id=classifier.bundle.bundle_id, camera="album", simulated=True)
        slides.open(accession="A-1", operator="op", target=100)
        yield Bench(classifier, store, slides)


@pytest.fixture(scope="module")
def fields():
    """Three fields of one simulated slide, far from each other."""
    slide = VirtualSlide(4)
    return [slide.render(x_um, 0.0, 192, 256, UM_PER_PX)[0] for x_um in (0.0, 1000.0, 2000.0)]


def test_what_is_shown_is_what_is_saved(bench, fields):
    bench.show(*fields)
    shown = bench.live.find_newest().prediction
    rows = bench.read(tables.field)
    assert [row["frame_seq"] for row in rows] == [1, 2, 3]
    assert (rows[-1]["frame_seq"], rows[-1]["frame_sha256"]) == (shown.frame.seq, shown.frame.digest)
    assert np.array_equal(shown.frame.image, fields[-1])
    assert len(bench.read(tables.cell)) > 0
    assert (rows[0]["height"], rows[0]["width"], rows[0]["simulated"]) == (192, 256, True)


def test_each_picture_of_a_replay_is_a_place_of_its_own_and_shown_again_it_adds_nothing(bench, fields):
    bench.show(*fields, *fields)
    assert len(bench.read(tables.field)) == 3
    counted = [cell for cell in bench.read(tables.cell) if cell["counted"]]
    assert len(counted) == bench.health.snapshot().counted > 0


def test_a_resting_stage_is_recorded_once_and_only_when_it_rests(bench, fields):
    bench.show(fields[0], fields[0], fields[0], at_rest=False)
    # The first look at a place is not yet known to be at rest; the second is, and the third shows nothing new.
    assert [row["frame_seq"] for row in bench.read(tables.field)] == [2]


def test_a_slide_that_begins_meanwhile_counts_from_nothing_what_is_seen_from_then_on(bench, fields):
    def begin_another():
        if bench.health.snapshot().frames == 1:
            bench.slides.open(accession="A-2", operator="op", target=100)

    bench.show(fields[0], fields[0], finished=begin_another)
    first, second = (row["id"] for row in bench.read(tables.slide))
    assert [row["slide_id"] for row in bench.read(tables.field)] == [first, second]


def test_one_bad_picture_is_skipped_and_counted(bench, fields):
    grey = fields[1][:, :, 0]
    bench.show(fields[0], grey, fields[2])
    health = bench.health.snapshot()
    assert (health.frames, health.skipped) == (2, 1)
    assert len(bench.read(tables.field)) == 2


def test_nothing_but_bad_pictures_is_a_bad_camera(bench, fields):
    with pytest.raises(SourceError, match=f"album: {BAD_IN_A_ROW} bad pictures in a row"):
        bench.show(*[fields[1][:, :, 0]] * (BAD_IN_A_ROW + 5))


def test_a_dark_field_is_shown_and_kept_but_not_analysed(bench, fields):
    bench.show(fields[0] // 12)
    (row,) = bench.read(tables.field)
    assert row["rejected"].startswith("too dark")
    assert bench.live.find_newest().prediction.rejected == row["rejected"]
    assert not any(cell["counted"] for cell in bench.read(tables.cell))
    assert bench.health.snapshot().rejected == 1


def test_an_absence_of_the_camera_comes_through_every_stage_in_its_turn(bench, fields):
    frames = []
    bench.show(None, fields[0], None, None, fields[1], finished=lambda: frames.append(bench.health.snapshot().frames))
    assert frames == [0, 1, 1, 1, 2]
    assert len(bench.read(tables.field)) == 2


def test_an_absence_does_not_come_past_a_disk_that_hangs(bench, fields, monkeypatch):
    monkeypatch.setattr(finishing, "SETTLE_S", 0.2)
    hangs, frames = threading.Event(), []
    given_up = threading.Timer(2.0, hangs.set)  # for the recorder's end, which writes what waits
    given_up.start()
    with pytest.raises(RecorderError, match="wait for the disk"):
        bench.show(fields[0], None, write=lambda _entry: hangs.wait(), finished=lambda: frames.append(1))
    assert frames == [1]
    given_up.join()


def test_the_loop_ends_when_it_is_told_to(bench, fields):
    bench.show(*fields * 20, finished=bench.stop.set)
    assert bench.health.snapshot().frames <= 4, "one frame at each stage is finished, no more are begun"


def test_a_disk_that_refuses_ends_the_loop(bench, fields):
    def refuse(_entry):
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        bench.show(*fields, write=refuse)


def test_the_books_tell_where_the_time_goes(bench, fields):
    bench.show(*fields)
    health = bench.health.snapshot()
    assert set(health.stage_ms) == set(STAGES)
    assert all(spent_ms >= 0 for spent_ms in health.stage_ms.values())
    assert health.frames_per_s > 0
    assert health.last_frame_at >= health.started_at
