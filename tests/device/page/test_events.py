import pytest

from device.page.app import create_app
from tests.device.page.made_instrument import open_instrument


@pytest.fixture
def instrument(tmp_path):
    with open_instrument(tmp_path) as opened:
        opened.store.add_event("info", "start", {"bundle": "wbc5"})
        opened.store.add_event("warning", "camera_stalled", {"for_s": 3.0})
        yield opened


def list_kinds(instrument, query=""):
    answer = create_app(instrument).test_client().get(f"/api/v1/events{query}")
    assert answer.status_code == 200
    return [one["kind"] for one in answer.get_json()["events"]]


def test_events_are_told_newest_first(instrument):
    assert list_kinds(instrument) == ["camera_stalled", "start"]


def test_only_grave_ones_where_asked(instrument):
    assert list_kinds(instrument, "?least=warning") == ["camera_stalled"]


def test_a_page_of_events_goes_on_where_the_one_before_ended(instrument):
    client = create_app(instrument).test_client()
    for number in range(4):
        instrument.store.add_event(("info", "error")[number % 2], f"later_{number}", {})
    kinds, following = [], ""
    while following is not None:
        page = client.get(f"/api/v1/events?limit=2{following}").get_json()
        instrument.store.add_event("info", "meanwhile", {})
        kinds += [one["kind"] for one in page["events"]]
        following = f"&before={page['next']}" if page["next"] else None
    assert kinds == ["later_3", "later_2", "later_1", "later_0", "camera_stalled", "start"]
    assert client.get("/api/v1/events?limit=1000").status_code == 422


def test_an_unknown_level_is_refused(instrument):
    answer = create_app(instrument).test_client().get("/api/v1/events?least=worst")
    assert answer.status_code == 422
