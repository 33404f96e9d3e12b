"""The page's part in the optics: measured on live raw pictures, in force at once, undone, refused in a sentence."""

import threading
from contextlib import contextmanager

import pytest
from sqlalchemy import select

from contract.tables import event
from device.page import optics_desk
from device.page.server import PageServer
from device.worker import Worker
from tests.device.optics.drawn_light import cover, draw_light, draw_ruling, photograph
from tests.device.page.browsing import SIZES, keep_screenshot, needs_chromium
from tests.device.page.made_instrument import annotate, show
from tests.device.page.test_browser import open_page
from tests.running import wait_for

PATH = "/api/v1/optics"


class Camera(Worker):
    """Shows picture after picture of what `take` gives, corrected as the live loop does."""

    def __init__(self, instrument, take):
        super().__init__("camera")
        self._instrument = instrument
        self._stopping = threading.Event()
        self.take = take
        newest = instrument.live.find_newest()
        self.seq = newest.prediction.frame.seq if newest else 0

    def work(self):
        while not self._stopping.wait(0.01):
            self.seq += 1
            show(self._instrument, annotate(self.seq, self.take(self.seq), ()), record=False)

    def stop(self):
        self._stopping.set()


def empty(seq):
    return photograph(draw_light(), seq)


def moving(seq):
    return photograph(cover(draw_light(), seq), seq)


def dark(seq):
    return photograph(draw_light() * 0 + 5, seq)


RULED = draw_ruling(40, 20)


@contextmanager
def on_stage(instrument, take):
    with Camera(instrument, take):
        yield


def read_events(instrument):
    with instrument.store.readers.connect() as connection:
        return connection.execute(select(event.c.kind).order_by(event.c.seq)).scalars().all()


def test_before_anything_is_measured_nothing_holds(client):
    said = client.get(PATH).get_json()
    assert (said["correction"], said["measured"], said["running"]) == (None, {}, None)
    assert said["um_per_px"] == 0.15


def test_a_flat_field_holds_from_the_next_picture_on_and_can_be_undone(instrument, client):
    with on_stage(instrument, empty):
        said = client.post(PATH, json={"task": "flat"}).get_json()
    flat, white = said["measured"]["flat"], said["measured"]["white"]
    correction = instrument.optics.setting.correction
    assert said["correction"] == correction.identity == f"{flat['name']}+{white['name']}"
    assert "corner to centre before" in flat["words"][0]
    assert flat["before"] is None
    picture = client.get(flat["picture"])
    assert (picture.mimetype, picture.data[:4]) == ("image/png", b"\x89PNG")
    assert correction.correct(empty(1)).shape == (300, 480, 3)
    assert client.post(f"{PATH}/undo", json={"name": flat["name"]}).get_json()["correction"] == white["name"]
    assert client.post(f"{PATH}/undo", json={"name": white["name"]}).get_json()["correction"] is None
    assert instrument.optics.setting.correction is None
    assert read_events(instrument)[-4:] == ["optics_flat", "optics_white", "optics_removed", "optics_removed"]


def test_the_measurement_before_comes_back(instrument, client):
    with on_stage(instrument, empty):
        first = client.post(PATH, json={"task": "white"}).get_json()
        second = client.post(PATH, json={"task": "white"}).get_json()
    assert second["measured"]["white"]["before"] == first["measured"]["white"]["name"]
    name = second["measured"]["white"]["name"]
    assert client.post(f"{PATH}/undo", json={"name": name}).get_json()["correction"] == first["correction"]
    again = client.post(f"{PATH}/undo", json={"name": name})  # a second click
    assert again.status_code == 400
    assert "no such measurement" in again.get_json()["message"]


def test_shading_is_estimated_from_fields_seen(instrument, client):
    instrument.optics.set_scale(0.3)
    with on_stage(instrument, moving):
        said = client.post(PATH, json={"task": "seen"}).get_json()
    assert said["measured"]["flat"]["how"] == "fields seen"
    assert instrument.optics.setting.correction.shape == (300, 480)


def test_a_dark_frame_is_measured_and_light_is_refused(instrument, client):
    with on_stage(instrument, dark):
        assert client.post(PATH, json={"task": "dark"}).get_json()["correction"].startswith("dark-")
    with on_stage(instrument, empty):
        refused = client.post(PATH, json={"task": "dark"})
    assert refused.status_code == 400
    assert "light in view" in refused.get_json()["message"]


def test_a_scale_from_a_micrometer_holds_at_once(instrument, client):
    with on_stage(instrument, lambda seq: photograph(RULED, seq, noise=0.5)):
        said = client.post(PATH, json={"task": "micrometer", "division_um": 10}).get_json()
    assert instrument.optics.setting.um_per_px == pytest.approx(0.25, rel=1e-3)
    assert said["measured"]["scale"]["error_um_per_px"] < 0.001
    assert said["um_per_px"] == instrument.optics.setting.um_per_px


def test_one_measurement_at_a_time_and_one_that_is_stopped_says_what_it_lacks(instrument, client):
    field, answers = moving(1), []

    def find_begun():
        running = client.get(PATH).get_json()["running"]
        return running if running and running["count"] else None

    instrument.optics.set_scale(0.3)
    with on_stage(instrument, lambda _seq: field):
        asking = threading.Thread(target=lambda: answers.append(client.post(PATH, json={"task": "seen"})))
        asking.start()
        running = wait_for(find_begun, "a first picture")
        assert (running["task"], running["count"], running["wanted"]) == ("seen", 1, 24)
        assert client.post(PATH, json={"task": "flat"}).status_code == 409
        assert client.post(f"{PATH}/undo", json={"name": "flat-1"}).status_code == 409
        assert client.post(f"{PATH}/stop").status_code == 204
        asking.join(10)
    assert answers[0].status_code == 400
    assert "1 different fields" in answers[0].get_json()["message"]
    assert client.get(PATH).get_json()["running"] is None


def test_a_camera_that_gives_nothing_ends_a_measurement(client, monkeypatch):
    monkeypatch.setattr(optics_desk, "SILENCE_S", 0.1)
    monkeypatch.setattr(optics_desk, "WAIT_S", 0.05)
    refused = client.post(PATH, json={"task": "flat"})
    assert refused.status_code == 400
    assert "no new picture" in refused.get_json()["message"]


def test_what_cannot_be_measured_is_not_begun(client):
    assert client.post(PATH, json={"task": "moon"}).status_code == 422
    assert client.post(PATH, json={"task": "micrometer", "division_um": 0}).status_code == 422
    assert client.get(f"{PATH}/flat-1/picture.png").status_code == 404


@needs_chromium
@pytest.mark.parametrize("size", sorted(SIZES))
def test_an_engineer_measures_and_undoes_with_keys(instrument, size):
    with Camera(instrument, empty) as camera, PageServer(instrument) as server:
        with open_page(server.address, size) as page:
            page.keyboard.press("o")
            page.wait_for_selector("#optics-dialog[open]")
            page.wait_for_selector("#optics-flat[aria-selected=true]:has-text('never measured')")
            page.focus("#optics-run")
            page.keyboard.press("Enter")
            page.wait_for_selector("#optics-words li:has-text('corner to centre')")
            page.wait_for_function("document.getElementById('optics-picture').naturalWidth > 0")
            assert "flat-" in page.inner_text("#optics-holds")
            assert page.evaluate("document.getElementById('optics-dialog').scrollWidth <= innerWidth")
            keep_screenshot(page, f"page_{size}_optics")
            page.focus("#optics-flat")
            for _ in range(4):
                page.keyboard.press("ArrowDown")
            page.wait_for_selector("#optics-division:visible")
            page.click("#optics-run")  # no micrometer lies there
            page.wait_for_selector("#optics-error:has-text('no ruled scale in view')")
            keep_screenshot(page, f"page_{size}_optics_refused")
            camera.take = dark
            page.click("#optics-dark")
            page.click("#optics-run")
            page.wait_for_selector("#optics-words li:has-text('dark level')")
            page.click("#optics-undo")
            page.wait_for_selector("#optics-result", state="hidden")
            assert [line for line in page.wrong if "400" not in line] == []  # the refusal, which the page told
        instrument.live.close()
