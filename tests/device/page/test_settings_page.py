import pytest

from device.page.app import create_app
from device.settings.page import PAGE_SETTINGS
from tests.device.page.signing_in import read_events

TARGET = "device.counting.target"


def read(client):
    return {one["key"]: one for one in client.get("/api/v1/settings").get_json()["settings"]}


def test_each_setting_is_told_with_all_that_explains_it(client):
    found = read(client)
    assert found["device.fps"] == {
        "key": "device.fps",
        "group": "camera",
        "value": 10.0,
        "next": 10.0,
        "default": 10.0,
        "origin": "default",
        "next_origin": "default",
        "reason": found["device.fps"]["reason"],
        "unit": "1/s",
        "kind": "number",
        "least": 0.0,
        "most": 1000.0,
        "choices": [],
        "changeable": True,
        "at_once": False,
    }
    assert "inference, not the camera" in found["device.fps"]["reason"]
    assert found["device.sensor.configuration"]["choices"] == ["preview", "still"]
    assert not found["device.page.password_file"]["changeable"]
    assert {one["group"] for one in found.values()} >= {"camera", "quality", "counting", "page", "bundle"}
    assert "other" not in {one["group"] for one in found.values()}


def test_a_change_is_kept_told_and_holds_when_it_says(client, instrument):
    done = client.put("/api/v1/settings", json={"changes": {TARGET: 200, "device.fps": 5}})
    assert done.status_code == 200, done.text
    found = read(client)
    assert [found[TARGET][name] for name in ("value", "next", "origin", "at_once")] == [200, 200, "page", True]
    assert [found["device.fps"][name] for name in ("value", "next", "next_origin")] == [10.0, 5.0, "page"]
    assert client.get("/api/v1/status").get_json()["target"] == 200
    assert 'value="200" checked' in client.get("/").text
    assert (instrument.store.path.parent / PAGE_SETTINGS).is_file()
    assert read_events(instrument, "settings_changed") == [
        {"by": "", "changes": {TARGET: [100, 200], "device.fps": [10.0, 5.0]}}
    ]
    assert read(create_app(instrument).test_client())["device.fps"]["next"] == 5.0


@pytest.mark.parametrize(
    "changes",
    [
        {TARGET: 0},
        {TARGET: "many"},
        {"device.page.host": "0.0.0.0"},
        {"device.sensor.red_gain": 2.0},
        {"device.camera": "replay:/etc/passwd"},
        {"device.camera": "usb:/dev/mem"},
        {"device.camera": "picamera2:"},
        {TARGET: 200, "nothing": 1},
    ],
)
def test_a_change_that_does_not_fit_is_refused_in_one_sentence(client, changes):
    refused = client.put("/api/v1/settings", json={"changes": changes})
    assert refused.status_code == 400
    assert "expected" in refused.get_json()["message"]
    assert "/tmp" not in refused.get_json()["message"]
    assert read(client)[TARGET]["next"] == 100


def test_a_body_of_another_kind_is_refused(client):
    for body in ({}, {"changes": {}}, {"changes": {TARGET: [1]}}, {"changes": {TARGET: 1}, "more": 1}):
        assert client.put("/api/v1/settings", json=body).status_code == 422


def test_bundles_are_listed_and_only_one_of_the_list_is_used(client):
    said = client.get("/api/v1/bundles").get_json()
    assert [one["name"] for one in said["bundles"]] == ["all4", "wbc5"]
    assert [one["next_start"] for one in said["bundles"]] == [False, True]
    for name in ("nothing", "../../etc", "/etc", "wbc", "."):
        assert client.post("/api/v1/bundles/use", json={"name": name}).status_code == 404


def test_another_bundle_is_tried_and_used_from_the_next_start(client, instrument):
    said = client.post("/api/v1/bundles/use", json={"name": "all4"}).get_json()
    assert [one["next_start"] for one in said["bundles"]] == [True, False]
    assert said["previous"] == "wbc5"
    assert read_events(instrument, "bundle_chosen")[0]["by"] == ""


def test_the_page_names_every_section_and_its_keys(client):
    page = client.get("/settings").text
    assert 'id="sections"' in page
    assert "<kbd>?</kbd>" in page
