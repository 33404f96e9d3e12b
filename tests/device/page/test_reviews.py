"""What people call the cells: batches, taking back, amendments of a signed slide."""

from sqlalchemy import select

from contract.cell_types import UNIDENTIFIED
from contract.counts import count_cells
from contract.reviewing import find_standing
from contract.tables import review as review_table
from device.calibration.reviewed import find_reviewed
from device.review.second_reading import write_reading
from device.review.signing import Word, write_signature
from tests.device.page.made_slide import count_slide
from tests.device.page.test_gallery import list_all, review


def undo(client, slide_id, operator="cd", **more):
    return client.post("/api/v1/reviews/undo", json={"slide_id": slide_id, "operator": operator} | more)


def read_reviews(instrument):
    with instrument.store.readers.connect() as connection:
        return connection.execute(select(review_table).order_by(review_table.c.seq)).mappings().all()


def sign(instrument, slide_id, operator="ef"):
    counts = count_cells(instrument.store.readers, slide_id)
    with instrument.store.write() as writing:
        write_signature(writing, slide_id, Word(operator, "signer", counts, "", "I signed.", {}))


def test_a_batch_names_all_its_cells_in_one_action_and_the_count_follows(instrument, client):
    slide_id = count_slide(instrument, 8)
    unknown = list_all(client, slide_id, type=UNIDENTIFIED)
    answer = review(client, unknown, "basophil", comment="clear")
    assert answer.status_code == 201
    done = answer.get_json()
    assert done["differential"]["unidentified"] == 0
    assert {row["cell_type"]: row["count"] for row in done["differential"]["rows"]}["basophil"] == 2
    assert [one["type_now"] for one in done["cells"]] == ["basophil"] * 2
    assert [one["machine"]["cell_type"] for one in done["cells"]] == [UNIDENTIFIED] * 2
    rows = read_reviews(instrument)
    assert len({row["reviewed_at"] for row in rows}) == 1
    assert {(row["old_type"], row["new_type"], row["comment"]) for row in rows} == {(UNIDENTIFIED, "basophil", "clear")}


def test_without_a_type_each_cell_is_what_the_bundle_said(instrument, client):
    slide_id = count_slide(instrument, 4)
    cells = list_all(client, slide_id)
    named = [one for one in cells if one["type_now"] != UNIDENTIFIED]
    done = review(client, named, None).get_json()
    assert [one["human"]["new_type"] for one in done["cells"]] == ["neutrophil", "lymphocyte", "monocyte"]
    refused = review(client, cells, None)
    assert refused.status_code == 409
    assert "1 cells have no name" in refused.get_json()["message"]


def test_a_batch_with_one_wrong_cell_changes_nothing(instrument, client):
    slide_id = count_slide(instrument, 4)
    cells = list_all(client, slide_id)
    assert review(client, [*cells, {"id": "nothing"}], "basophil").status_code == 404
    assert review(client, cells, "virus").status_code == 400
    assert review(client, cells, "basophil", operator="").status_code == 400
    assert review(client, cells, "basophil", comment="UNDO").status_code == 422
    instrument.slides.open(accession="H-2", operator="", target=100)
    count_slide(instrument, 4, first_seq=9)
    others = list_all(client, instrument.slides.current.id)
    mixed = review(client, [*cells, *others], "basophil")
    assert mixed.status_code == 400
    assert "of 2 slides" in mixed.get_json()["message"]
    assert read_reviews(instrument) == []


def test_undo_takes_back_action_by_action_and_nothing_is_erased(instrument, client):
    slide_id = count_slide(instrument, 4)
    cells = list_all(client, slide_id)
    review(client, cells[:2], "basophil")
    review(client, cells[:1], "eosinophil")
    assert [one["type_now"] for one in undo(client, slide_id).get_json()["cells"]] == ["basophil"]
    back = undo(client, slide_id).get_json()
    assert [one["type_now"] for one in back["cells"]] == ["neutrophil", "lymphocyte"]
    assert all(one["human"] is None and one["reviews"] for one in back["cells"])
    assert list_all(client, slide_id, reviewed="true") == []
    refused = undo(client, slide_id)
    assert refused.status_code == 409
    assert "nothing that cd said" in refused.get_json()["message"]
    assert [row["comment"] for row in read_reviews(instrument)] == ["", "", "", "undo", "undo", "undo"]
    review(client, cells[:1], "monocyte")
    assert undo(client, slide_id).get_json()["cells"][0]["type_now"] == "neutrophil"


def test_undo_leaves_alone_what_others_said_since(instrument, client):
    slide_id = count_slide(instrument, 4)
    cells = list_all(client, slide_id)
    review(client, cells[:2], "basophil", operator="cd")
    review(client, cells[:1], "monocyte", operator="gh")
    back = undo(client, slide_id, "cd").get_json()
    assert [one["id"] for one in back["cells"]] == [cells[1]["id"]]
    assert client.get(f"/api/v1/cells/{cells[0]['id']}").get_json()["type_now"] == "monocyte"
    review(client, cells[3:], "basophil", operator="cd")
    review(client, cells[3:], "monocyte", operator="gh")
    refused = undo(client, slide_id, "cd")
    assert refused.status_code == 409
    assert "somebody else" in refused.get_json()["message"]


def test_what_was_taken_back_teaches_a_calibration_nothing(instrument, client):
    slide_id = count_slide(instrument, 4)
    cells = list_all(client, slide_id)
    classes = instrument.bundle.manifest.classes
    review(client, cells[:1], "basophil")
    assert len(find_reviewed(instrument.store.readers, classes)) == 1
    undo(client, slide_id)
    assert find_reviewed(instrument.store.readers, classes) == ()


def test_a_signed_slide_is_amended_with_a_reason_or_not_at_all(instrument, client):
    slide_id = count_slide(instrument, 4)
    cells = list_all(client, slide_id)
    review(client, cells[3:], "basophil")
    assert client.get(f"/api/v1/slides/{slide_id}").get_json()["signed"] is None
    sign(instrument, slide_id)
    assert client.get(f"/api/v1/slides/{slide_id}").get_json()["signed"]["operator"] == "ef"
    refused = review(client, cells[:1], "monocyte")
    assert refused.status_code == 409
    assert "expected a reason to amend" in refused.get_json()["message"]
    single = {"cell_id": cells[0]["id"], "new_type": "monocyte", "operator": "cd"}
    assert client.post("/api/v1/reviews", json=single).status_code == 409
    assert undo(client, slide_id).status_code == 409
    assert review(client, cells[:1], "monocyte", comment="vacuoles seen").status_code == 201
    back = undo(client, slide_id, reason="was right before")
    assert back.status_code == 200
    assert back.get_json()["cells"][0]["human"] is None
    assert read_reviews(instrument)[-1]["comment"] == "undo: was right before"


def test_a_second_reading_is_no_name_of_a_cell_and_is_not_shown(instrument, client):
    slide_id = count_slide(instrument, 4)
    cells = list_all(client, slide_id)
    with instrument.store.write() as writing:
        write_reading(writing, slide_id, cells[0]["id"], "zz", "basophil")
    told = client.get(f"/api/v1/cells/{cells[0]['id']}").get_json()
    assert (told["type_now"], told["human"], told["reviews"]) == ("neutrophil", None, [])
    assert list_all(client, slide_id, reviewed="true") == []
    assert undo(client, slide_id, "zz").status_code == 409


def test_the_standing_review_is_the_newest_that_was_not_taken_back():
    def say(*comments):
        return [{"id": at, "comment": comment} for at, comment in enumerate(comments)]

    assert find_standing([]) is None
    assert find_standing(say("", "undo")) is None
    assert find_standing(say("", "", "undo: why"))["id"] == 0
    assert find_standing(say("", "undo", "", "", "undo", "clear"))["id"] == 5
