"""Slides found again over the API: by code, operator and day, however many there are."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import update

from contract.tables import slide
from device.keeping.slides import OpenSlide
from device.review import holdings, slide_search
from tests.device.page.made_slide import count_slide


def find(client, **query):
    return client.get("/api/v1/slides", query_string=query).get_json()


def open_slides(instrument, *names):
    return [instrument.slides.open(accession=name, operator=name[:1], target=100).id for name in names]


def test_slides_are_found_by_code_and_operator_newest_first(instrument, client):
    open_slides(instrument, "A-1", "B-1", "a-2", "100%")
    assert [one["accession"] for one in find(client)["slides"]] == ["100%", "a-2", "B-1", "A-1", "H-2041"]
    assert [one["accession"] for one in find(client, accession="a-")["slides"]] == ["a-2", "A-1"]
    assert [one["accession"] for one in find(client, operator="B")["slides"]] == ["B-1", "H-2041"]
    assert [one["accession"] for one in find(client, accession="%")["slides"]] == ["100%"]
    assert find(client, accession="nothing") == {"slides": [], "next": None}


def test_slides_are_found_by_day(instrument, client):
    old, _new = open_slides(instrument, "OLD", "NEW")
    long_ago = datetime.now(UTC) - timedelta(days=10)
    with instrument.store._engine.begin() as connection:  # as if ten days had gone by
        connection.execute(update(slide).where(slide.c.id == old).values(opened_at=long_ago))
    day = long_ago.astimezone().date()
    assert [one["accession"] for one in find(client, since=day, until=day)["slides"]] == ["OLD"]
    after = find(client, since=day + timedelta(days=1))
    assert [one["accession"] for one in after["slides"]] == ["NEW", "H-2041"]
    for impossible in ("since=yesterday", "since=0001-01-01", "until=9999-12-31"):
        assert client.get(f"/api/v1/slides?{impossible}").status_code == 422


def test_a_page_of_slides_goes_on_where_the_one_before_ended(instrument, client):
    open_slides(instrument, *(f"S-{number}" for number in range(5)))
    first = find(client, limit=4)
    open_slides(instrument, "LATER")
    second = find(client, limit=4, before=first["next"])
    names = [one["accession"] for page in (first, second) for one in page["slides"]]
    assert names == ["S-4", "S-3", "S-2", "S-1", "S-0", "H-2041"]
    assert second["next"] is None


def test_a_search_for_something_rare_says_where_to_go_on(instrument, client, monkeypatch):
    monkeypatch.setattr(slide_search, "LOOKED_THROUGH", 3)
    open_slides(instrument, *(f"S-{number}" for number in range(5)))
    page = find(client, accession="H-")
    assert page["slides"] == []
    assert [one["accession"] for one in find(client, accession="H-", before=page["next"])["slides"]] == ["H-2041"]


def test_a_slide_tells_what_it_holds_and_what_its_cells_can_be_called(instrument, client):
    slide_id = count_slide(instrument, 8)
    (listed,) = find(client)["slides"]
    assert {name: listed[name] for name in ("fields", "counted_cells", "unidentified", "reviewed")} == {
        "fields": 2,
        "counted_cells": 8,
        "unidentified": 2,
        "reviewed": 0,
    }
    told = client.get(f"/api/v1/slides/{slide_id}").get_json()
    assert told["differential"]["total"] == 6
    assert [(one["name"], one["key"], one["short"]) for one in told["types"]][4:6] == [
        ("basophil", "b", "BAS"),
        ("unidentified", "u", "?"),
    ]
    assert client.get("/api/v1/slides/nothing").status_code == 404


def test_slides_long_ago_are_found_behind_many_newer_ones(instrument, client, monkeypatch):
    monkeypatch.setattr(slide_search, "LOOKED_THROUGH", 2)
    old, *_ = open_slides(instrument, "OLD", "B", "C", "D", "E")
    long_ago = datetime.now(UTC) - timedelta(days=10)
    with instrument.store._engine.begin() as connection:
        connection.execute(update(slide).where(slide.c.id == old).values(opened_at=long_ago))
    day = long_ago.astimezone().date()
    assert [one["accession"] for one in find(client, since=day, until=day)["slides"]] == ["OLD"]
    assert client.get("/api/v1/slides?limit=1000").status_code == 422


def test_what_listed_slides_hold_is_always_what_they_hold_now(instrument, client, monkeypatch):
    monkeypatch.setattr(holdings, "MOST_NEW", 30)  # some of what follows is more, and then all is counted anew
    slides = open_slides(instrument, "A", "B")
    for turn in range(8):
        slide_id = slides[turn % 2]
        instrument.slides.resume(OpenSlide(slide_id, "A", "", 100))
        count_slide(instrument, 4 if turn != 5 else 32, first_seq=10 * turn + 1)
        check_holdings(client)
        cell_id = client.get(f"/api/v1/slides/{slides[0]}/cells").get_json()["cells"][-1]["id"]
        instrument.store.add_review(cell_id, operator="ab", new_type=("unidentified", "monocyte")[turn % 2])
        check_holdings(client)
        if turn % 3 == 0:
            instrument.store.undo_reviews(slides[0], operator="ab")
            check_holdings(client)


def check_holdings(client):
    listed = find(client)["slides"]
    assert len(listed) == 3
    for one in listed:
        now = client.get(f"/api/v1/slides/{one['id']}").get_json()
        assert one == {name: now[name] for name in one}


def test_the_pages_of_slides_are_there(instrument, client):
    slide_id = instrument.slides.current.id
    for path in ("/slides", f"/slides/{slide_id}", "/captures"):
        page = client.get(path)
        assert page.status_code == 200
        assert "For research use only" in page.text
    assert client.get("/slides/nothing").status_code == 404
