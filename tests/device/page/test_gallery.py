"""The counted cells of a slide over the API: pages, filters, both labels, pictures."""

import cv2
import numpy as np
import pytest

from contract.cell_types import UNIDENTIFIED
from contract.moments import now
from contract.tables import verdict
from device.page.review_keys import COMMANDS, choose_keys, order_types
from tests.device.page.made_instrument import make_annotated
from tests.device.page.made_slide import count_slide, keep_field


def list_all(client, slide_id, **query):
    """Walk through the pages as the gallery does."""
    found, after = [], ""
    while True:
        page = client.get(f"/api/v1/slides/{slide_id}/cells", query_string=query | {"after": after}).get_json()
        found += page["cells"]
        if page["next"] is None:
            return found
        after = page["next"]


def review(client, cells, new_type, operator="cd", **more):
    body = {"cell_ids": [one["id"] for one in cells], "new_type": new_type, "operator": operator} | more
    return client.post("/api/v1/reviews/batch", json=body)


@pytest.mark.parametrize("sort", ["time", "-time", "confidence", "-confidence"])
def test_pages_hold_each_cell_once_in_the_order_asked_for(instrument, client, sort):
    slide_id = count_slide(instrument, 11)
    cells = list_all(client, slide_id, sort=sort, limit=3)
    keys = [(one["machine"]["confidence"], one["seq"]) if "conf" in sort else one["seq"] for one in cells]
    assert keys == sorted(set(keys), reverse=sort.startswith("-"))
    assert len(keys) == 11


def test_what_is_counted_meanwhile_moves_no_page(instrument, client):
    slide_id = count_slide(instrument, 6)
    first = client.get(f"/api/v1/slides/{slide_id}/cells?limit=4").get_json()
    count_slide(instrument, 2, first_seq=50)
    second = client.get(f"/api/v1/slides/{slide_id}/cells?limit=4&after={first['next']}").get_json()
    seqs = [one["seq"] for page in (first, second) for one in page["cells"]]
    assert seqs == sorted(seqs)
    assert len(set(seqs)) == 8


def test_cells_are_filtered_by_type_review_and_confidence(instrument, client):
    slide_id = count_slide(instrument, 8)
    unknown = list_all(client, slide_id, type=UNIDENTIFIED)
    assert {one["type_now"] for one in unknown} == {UNIDENTIFIED}
    assert len(unknown) == 2
    assert unknown[0]["machine"]["candidates"] == ["neutrophil", "eosinophil"]
    assert review(client, unknown, "eosinophil").status_code == 201
    assert list_all(client, slide_id, type=UNIDENTIFIED) == []
    assert {one["id"] for one in list_all(client, slide_id, reviewed="true")} == {one["id"] for one in unknown}
    assert len(list_all(client, slide_id, reviewed="false")) == 6
    assert list_all(client, slide_id, below=0.5) == []
    assert len(list_all(client, slide_id, below=0.99, sort="confidence", limit=3)) == 8


def test_a_place_of_another_order_is_refused(instrument, client):
    slide_id = count_slide(instrument, 4)
    for after in ("0.5", "x", "0.5~x", f"0.5~{2**70}"):
        answer = client.get(f"/api/v1/slides/{slide_id}/cells?sort=confidence&after={after}")
        assert answer.status_code == 400
        assert "expected `next`" in answer.get_json()["message"]


def test_the_machines_label_is_its_newest_verdict_and_a_second_look_is_left_out(instrument, client):
    slide_id = count_slide(instrument, 4)
    cells = list_all(client, slide_id)
    with instrument.store.write() as writing:
        said = {"decided_at": now(), "confidence": 0.61, "probabilities": {"monocyte": 0.61}, "looks": 2}
        named = {"cell_id": cells[0]["id"], "cell_type": "monocyte", "candidates": ["monocyte"], "same_as": None}
        again = named | {"cell_id": cells[1]["id"], "same_as": cells[0]["id"]}
        writing.insert(verdict, said | named, said | again)
    listed = list_all(client, slide_id)
    assert len(listed) == 3
    assert listed[0]["machine"]["cell_type"] == listed[0]["type_now"] == "monocyte"
    assert listed[0]["machine"]["confidence"] == 0.61


def test_a_cell_tells_both_labels_and_its_morphology(instrument, client):
    slide_id = count_slide(instrument, 4)
    (cell, *_) = list_all(client, slide_id)
    review(client, [cell], "lymphocyte", comment="small, round")
    told = client.get(f"/api/v1/cells/{cell['id']}").get_json()
    assert (told["machine"]["cell_type"], told["type_now"]) == ("neutrophil", "lymphocyte")
    assert (told["human"]["operator"], told["human"]["new_type"]) == ("cd", "lymphocyte")
    assert told["human"]["comment"] == "small, round"
    assert told["measured"]["nucleus_lobes"] == 2
    assert told["attributes"]["granule_type"] == {"value": "small", "probability": 0.9}
    assert client.get("/api/v1/cells/nothing").status_code == 404


def test_a_crop_shows_the_cell_in_its_middle_at_one_scale(instrument, client):
    slide_id = count_slide(instrument, 4)
    for cell in list_all(client, slide_id):
        answer = client.get(cell["picture"])
        picture = cv2.imdecode(np.frombuffer(answer.data, np.uint8), cv2.IMREAD_COLOR)
        assert picture.shape == (160, 160, 3)
        assert "immutable" in answer.headers["Cache-Control"]
        blue, green, red = picture[75:85, 75:85].reshape(-1, 3).mean(axis=0)
        assert abs(red - 96) + abs(green - 58) + abs(blue - 150) < 40, "the nucleus that was drawn there"
    large = client.get(cell["picture"] + "?size=320&margin=40&span_um=10")
    assert cv2.imdecode(np.frombuffer(large.data, np.uint8), 1).shape == (320, 320, 3)
    assert client.get(cell["picture"] + "?size=9999").status_code == 422


def test_a_picture_that_is_no_longer_kept_is_said_in_words(instrument, client):
    keep_field(instrument, make_annotated(1), picture=False)
    slide_id = instrument.slides.current.id
    (cell, *_) = list_all(client, slide_id)
    assert cell["picture"] is None
    answer = client.get(f"/api/v1/cells/{cell['id']}/picture.jpg")
    assert answer.status_code == 410
    assert "no longer kept" in answer.get_json()["message"]
    field = client.get(cell["field"]).get_json()
    assert field["picture"] is None
    assert client.get(f"/api/v1/fields/{field['id']}/picture.jpg").status_code == 410
    assert client.get("/api/v1/cells/nothing/picture.jpg").status_code == 404
    assert client.get("/api/v1/fields/nothing/picture.jpg").status_code == 404
    assert client.get("/api/v1/fields/nothing").status_code == 404


def test_a_picture_that_was_altered_is_not_shown(instrument, client, tmp_path):
    slide_id = count_slide(instrument, 4)
    (file,) = (tmp_path / "fields").rglob("*.jpg")
    file.write_bytes(b"something else")
    (cell, *_) = list_all(client, slide_id)
    assert client.get(cell["picture"]).status_code == 410


def test_a_field_shows_all_its_cells_outlined_by_their_type_now(instrument, client):
    slide_id = count_slide(instrument, 4)
    cells = list_all(client, slide_id)
    review(client, cells[:1], "basophil")
    field = client.get(cells[0]["field"]).get_json()
    assert [one["type_now"] for one in field["cells"]] == ["basophil", "lymphocyte", "monocyte", UNIDENTIFIED]
    assert all(len(one["contour"]) > 10 and one["counted"] for one in field["cells"])
    picture = cv2.imdecode(np.frombuffer(client.get(field["picture"]).data, np.uint8), cv2.IMREAD_COLOR)
    assert picture.shape[:2] == (field["height"], field["width"])


def test_every_type_has_its_own_key_and_none_that_does_something_else():
    classes = ("basophil", "eosinophil", "lymphocyte", "monocyte", "neutrophil")
    keys = choose_keys(order_types(classes))
    assert list(keys.items()) == [
        ("neutrophil", "n"),
        ("lymphocyte", "l"),
        ("monocyte", "m"),
        ("eosinophil", "e"),
        ("basophil", "b"),
        ("unidentified", "u"),
        ("smudge", "d"),
        ("artefact", "r"),
    ]
    keys = choose_keys(order_types(("benign", "early_pre_b", "pre_b", "pro_b")))
    assert list(keys.values()) == ["b", "e", "p", "r", "u", "m", "t"]
    many = choose_keys(order_types(tuple(f"cafe {number}" for number in range(40))))
    given = [key for key in many.values() if key]
    assert len(given) == len(set(given)) == 26 - len(COMMANDS)
    assert not set(given) & set(COMMANDS)
