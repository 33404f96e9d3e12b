from datetime import UTC, datetime, timedelta

import pytest

from contract.notice import RESEARCH_USE
from device.loop.health import Health
from device.page.health import LEAST_STALE_S, MOST_STALE_S, find_stale_s, find_troubles
from tests.device.page.made_instrument import FITTED_ON, make_annotated, make_settings, show

NOW = datetime(2026, 1, 31, tzinfo=UTC)
RECORDER = make_settings().recorder


def test_before_the_first_picture_it_is_not_yet_well(client):
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.get_json()["reasons"] == ["no picture yet"]


def test_with_pictures_it_is_well(instrument, client):
    show(instrument, make_annotated(1))
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.get_json()["ok"] is True
    assert answer.get_json()["frames"] == 1


def test_a_stalled_camera_a_full_disk_and_a_full_queue_are_named():
    health = Health(NOW, frames_per_s=5.0, last_frame_at=NOW, queued=RECORDER.queue_fields)
    settings = RECORDER.model_copy(update={"min_free_mb": 200})
    troubles = list(find_troubles(health, ("infer", 7.0), 150, settings, NOW + timedelta(seconds=12)))
    assert troubles == [
        "no new picture for 12 s (expected one within 3 s)",
        "the network has been at one frame for 7 s",
        "150 MB free on the disk (expected 200 MB or more)",
        f"{RECORDER.queue_fields} fields wait for the disk (expected fewer than {RECORDER.queue_fields})",
    ]


@pytest.mark.parametrize(
    ("rate", "seconds"), [(30.0, LEAST_STALE_S), (0.5, 8.0), (0.1, MOST_STALE_S), (0.0, MOST_STALE_S)]
)
def test_a_slow_device_is_given_more_patience_but_not_for_ever(rate, seconds):
    assert find_stale_s(rate) == seconds


def test_the_status_names_what_stands_around_the_picture(instrument, client):
    said = client.get("/api/v1/status").get_json()
    assert (said["device"], said["camera"], said["simulated"]) == ("scope 1", "simulated", True)
    assert said["bundle"]["id"] == instrument.bundle.bundle_id
    assert said["bundle"]["confidence_fitted_on"] == FITTED_ON
    assert said["limits"]["min_focus"] == instrument.settings.quality.min_focus
    assert said["notice"] == RESEARCH_USE


def test_metrics_tell_the_same_numbers(instrument, client):
    show(instrument, make_annotated(1))
    answer = client.get("/metrics")
    assert answer.mimetype == "text/plain"
    lines = answer.get_data(as_text=True).splitlines()
    assert "leukoscope_frames_total 1.0" in lines
    assert "leukoscope_counted_total 2.0" in lines
    assert "leukoscope_ok 1.0" in lines
    assert any(line.startswith("process_resident_memory_bytes") for line in lines)
    assert f'leukoscope_info{{bundle="{instrument.bundle.bundle_id}",camera="simulated"}} 1.0' in lines
