"""A program that was started again: it goes on with the slide, finds its place, and counts no cell twice."""

from datetime import UTC, datetime
from functools import partial

import pytest

from contract.bundle import load_bundle
from contract.counts import count_cells
from contract.settings_files import load_settings
from device.counting.judging import Judge
from device.counting.past import read_past
from device.counting.resuming import find_resumable
from device.frame import make_frame
from device.keeping.pictures import Pictures, take_picture
from device.keeping.slides import Slides
from device.keeping.store import DATABASE_NAME, Store
from device.network.classifier import Classifier
from device.quality.picture import measure_quality
from device.smear.slide import VirtualSlide

UM_PER_PX = 0.3
SETTINGS = load_settings().device


@pytest.fixture(scope="module")
def classifier(tiny_bundle):
    with Classifier(load_bundle(tiny_bundle), threads=1) as opened:
        yield opened


class Run:
    """One run of the program over the same slide: what it counts is stored, what it sees is judged."""

    def __init__(self, folder, classifier):
        self.store = Store(folder / DATABASE_NAME, "scope")
        self.pictures = Pictures(folder, keep_mb=100)
        self._classifier = classifier
        self._smear = VirtualSlide(4)

    def __enter__(self):
        self.store.__enter__()
        bundle = self._classifier.bundle
        self.slides = Slides(self.store, bundle_id=bundle.bundle_id, camera="scope", simulated=True)
        self.judge = Judge(SETTINGS.counting, bundle.manifest, partial(read_past, self.store.readers, self.pictures))
        self._seq = 0
        return self

    def __exit__(self, *exc):
        self.store.__exit__(*exc)

    def rest_at(self, x_um, y_um, looks=3):
        for _ in range(looks):
            self._seq += 1
            image, _ = self._smear.render(x_um, y_um, 300, 480, UM_PER_PX, exposure=self._seq)
            quality = measure_quality(image, UM_PER_PX, SETTINGS.quality)
            frame = make_frame(image, quality, UM_PER_PX, seq=self._seq, captured_at=datetime.now(UTC), simulated=True)
            slide_id = self.slides.current.id
            judged = self.judge.judge(self._classifier.predict(frame), slide_id, at_rest=False)
            if judged.keep:
                picture = take_picture(frame)
                self.pictures.write(picture)
                self.store.add_field(slide_id, judged, picture)

    def count(self):
        return sum(count_cells(self.store.readers, self.slides.current.id).values())


def resume(run, within_h=12.0):
    return find_resumable(run.store.readers, run.slides, within_h)


def test_what_was_counted_before_a_restart_is_known_again_and_what_is_new_is_counted(tmp_path, classifier):
    with Run(tmp_path, classifier) as before:
        before.slides.open(accession="A-1", operator="ab", target=100)
        before.rest_at(0, 0)
        before.rest_at(60, 0)
        counted = before.count()
        assert counted > 2
    with Run(tmp_path, classifier) as after:
        after.slides.resume(resume(after))
        assert after.slides.current.accession == "A-1"
        after.rest_at(20, 0, looks=6)
        after.rest_at(60, 0)
        again = after.count()
        after.rest_at(120, 0)
        assert after.count() > again, "a place that was not seen before is counted"
    with Run(tmp_path, classifier) as whole:
        whole.slides.open(accession="A-2", operator="ab", target=100)
        for x_um in (0, 60, 20):
            whole.rest_at(x_um, 0)
        assert again == whole.count(), "as if there had been no restart"


def test_a_slide_of_long_ago_or_of_another_camera_is_not_gone_on_with(tmp_path, classifier):
    with Run(tmp_path, classifier) as run:
        assert resume(run) is None
        run.slides.open(accession="A-1", operator="ab", target=100)
        assert resume(run).accession == "A-1"
        assert resume(run, within_h=0) is None
        other = Slides(run.store, bundle_id=run.slides.of[0], camera="another", simulated=True)
        assert find_resumable(run.store.readers, other, 12.0) is None
