import cv2
import numpy as np

from contract.evidence import describe_evidence
from tests.device.page.made_instrument import annotate, make_annotated, show


def test_the_facts_of_a_cell_hold_its_evidence_as_numbers_and_in_words(instrument, client):
    annotated = make_annotated(1, ("monocyte",))
    show(instrument, annotated)
    (cell,) = client.get("/api/v1/frame.json").get_json()["cells"]
    (known,) = annotated.prediction.cells
    assert cell["shape"]["nucleus_lobes"] == known.shape.nucleus_lobes == 2
    assert cell["shape"]["diameter_um"] == known.shape.diameter_um
    assert cell["attributes"] == {"granule_type": {"value": "small", "probability": 0.9}}
    assert cell["evidence"] == describe_evidence(known)
    assert "fine granules (0.90)" in cell["evidence"]


def test_a_cell_of_the_frame_on_the_screen_has_a_heat_map(instrument, client):
    show(instrument, make_annotated(1, ("monocyte", "neutrophil")))
    client.get("/api/v1/frame.jpg")
    show(instrument, make_annotated(2, ()))
    answers = [client.get(f"/api/v1/frames/1/cells/{cell}/heat_map.png") for cell in (0, 1)]
    assert {answer.mimetype for answer in answers} == {"image/png"}
    pictures = [cv2.imdecode(np.frombuffer(answer.data, np.uint8), cv2.IMREAD_COLOR) for answer in answers]
    assert all(picture.shape[1] == pictures[0].shape[1] for picture in pictures)
    assert answers[0].data != answers[1].data


def test_a_heat_map_that_cannot_be_had_is_refused_in_words(instrument, client):
    show(instrument, make_annotated(1, ("monocyte",)))
    client.get("/api/v1/frame.jpg")
    assert client.get("/api/v1/frames/1/cells/1/heat_map.png").status_code == 404
    gone = client.get("/api/v1/frames/9/cells/0/heat_map.png")
    assert gone.status_code == 410
    assert "frame 9" in gone.get_json()["message"]


def test_a_frame_without_cells_has_nothing_to_explain(instrument, client):
    show(instrument, annotate(1, np.full((60, 80, 3), 200, np.uint8), ()))
    assert client.get("/api/v1/frame.json").get_json()["cells"] == []
    assert client.get("/api/v1/frames/1/cells/0/heat_map.png").status_code == 404


def test_without_an_attribute_head_nothing_is_said_of_attributes(client):
    assert client.get("/api/v1/status").get_json()["bundle"]["attributes_note"] is None
