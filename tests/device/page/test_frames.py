import hashlib
import threading
import time
from dataclasses import replace

import numpy as np

from contract.cell_types import UNIDENTIFIED
from device.loop.live import Live
from device.page import frames
from device.page.app import create_app
from device.page.shown import HELD, KEPT, KEPT_BYTES, Shown
from tests.device.page.made_instrument import make_annotated, open_instrument, show


def test_the_picture_carries_number_and_hash_of_its_very_frame(instrument, client):
    annotated = make_annotated(7)
    show(instrument, annotated)
    answer = client.get("/api/v1/frame.jpg")
    assert answer.mimetype == "image/jpeg"
    assert answer.data == annotated.jpeg
    assert answer.headers["X-Frame-Seq"] == "7"
    assert answer.headers["X-Frame-Sha256"] == hashlib.sha256(annotated.prediction.frame.image).hexdigest()
    assert answer.headers["X-Simulated"] == "true"
    assert answer.headers["X-Captured-At"] == annotated.prediction.frame.captured_at.isoformat()
    assert 0 <= int(answer.headers["X-Age-Ms"]) < 60_000
    assert answer.headers["Cache-Control"] == "no-store"


def test_facts_are_those_of_the_picture_even_when_a_newer_frame_is_there(instrument, client):
    show(instrument, make_annotated(1, ("monocyte", UNIDENTIFIED)))
    client.get("/api/v1/frame.jpg")
    show(instrument, make_annotated(2, ()))
    facts = client.get("/api/v1/frame.json?seq=1").get_json()
    assert facts["seq"] == 1
    assert [cell["cell_type"] for cell in facts["cells"]] == ["monocyte", UNIDENTIFIED]
    assert facts["cells"][1]["candidates"] == ["neutrophil", "eosinophil"]
    assert (facts["height"], facts["width"]) == (240, 384)
    assert facts["rejected"] is None
    assert facts["quality"]["focus"] == 42.0


def test_a_rejected_frame_says_why_and_names_no_cell(instrument, client):
    show(instrument, make_annotated(1, ("monocyte",), rejected="out of focus"))
    facts = client.get("/api/v1/frame.json").get_json()
    assert facts["rejected"] == "out of focus"
    assert facts["cells"] == []


def test_a_frame_that_nobody_was_shown_is_gone(instrument, client):
    show(instrument, make_annotated(1))
    show(instrument, make_annotated(2))
    client.get("/api/v1/frame.jpg")
    answer = client.get("/api/v1/frame.json?seq=1")
    assert answer.status_code == 410
    assert "frame 1" in answer.get_json()["message"]


def test_without_a_newer_frame_the_answer_is_empty_after_a_bounded_wait(instrument, client):
    show(instrument, make_annotated(1))
    began = time.monotonic()
    answer = client.get("/api/v1/frame.jpg?after=1")
    assert answer.status_code == 204
    assert answer.data == b""
    # as long as promised, with room for a busy machine
    assert frames.WAIT_S * 0.9 <= time.monotonic() - began < frames.WAIT_S + 5


def test_a_waiting_viewer_gets_the_next_frame_as_soon_as_it_is_there(instrument, client, monkeypatch):
    monkeypatch.setattr(frames, "WAIT_S", 60.0)
    show(instrument, make_annotated(1))
    got = []
    viewer = threading.Thread(target=lambda: got.append(client.get("/api/v1/frame.jpg?after=1")))
    viewer.start()
    show(instrument, make_annotated(2))
    viewer.join(30)
    assert got[0].headers["X-Frame-Seq"] == "2"


def test_a_viewer_from_before_a_restart_is_shown_the_new_frames(instrument, client):
    show(instrument, make_annotated(3))
    assert client.get("/api/v1/frame.jpg?after=5000").headers["X-Frame-Seq"] == "3"


def test_with_every_waiting_place_taken_the_answer_comes_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr(frames, "WAIT_S", 60.0)
    with open_instrument(tmp_path, page={"threads": 2}) as instrument:  # room for one that waits
        live = WatchedLive()
        client = create_app(replace(instrument, live=live)).test_client()
        viewer = threading.Thread(target=lambda: client.get("/api/v1/frame.jpg"))
        viewer.start()
        assert live.somebody_waits.wait(30)
        assert client.get("/api/v1/frame.jpg").status_code == 204
        assert viewer.is_alive()  # the first still waits
        live.close()
        viewer.join(30)


class WatchedLive(Live):
    """A slot that tells when somebody begins to wait."""

    def __init__(self):
        super().__init__(jpeg_quality=85, most_per_s=1000)
        self.somebody_waits = threading.Event()

    def wait_newer(self, *wish):
        self.somebody_waits.set()
        return super().wait_newer(*wish)


def test_a_held_frame_can_still_be_asked_for_when_many_others_were_shown(instrument, client):
    for seq in range(1, KEPT + 3):
        show(instrument, make_annotated(seq))
        client.get("/api/v1/frame.jpg")
        if seq == 2:
            assert client.put("/api/v1/frames/2/hold").status_code == 204
    assert client.get("/api/v1/frame.json?seq=1").status_code == 410
    assert client.get("/api/v1/frame.json?seq=2").get_json()["seq"] == 2
    assert client.put("/api/v1/frames/1/hold").status_code == 409


def test_only_the_last_frames_held_are_kept():
    shown = Shown()
    for seq in range(1, HELD + 2):
        shown.remember(make_annotated(seq).judged)
        assert shown.hold(seq)
    for seq in range(HELD + 2, HELD + 2 + KEPT):
        shown.remember(make_annotated(seq).judged)
    assert shown.find(1) is None
    assert all(shown.find(seq) for seq in range(2, HELD + 2))


def test_a_large_camera_is_given_no_more_memory_than_is_promised():
    shown = Shown()
    large = np.broadcast_to(np.uint8(0), (3040, 4056, 3))  # as large as the memory of it would be, and takes none
    for seq in range(1, 5):
        annotated = make_annotated(seq)
        frame = replace(annotated.prediction.frame, image=large, view=large)
        judged = replace(annotated.judged, prediction=replace(annotated.prediction, frame=frame))
        shown.remember(judged)
    kept = [seq for seq in range(1, 5) if shown.find(seq)]
    assert kept == [4]
    assert 2 * large.nbytes > KEPT_BYTES


def test_the_stream_gives_one_frame_after_the_other(instrument, client):
    first, second = make_annotated(1), make_annotated(2)
    show(instrument, first)
    with client.get("/stream.mjpg") as answer:
        assert answer.mimetype == "multipart/x-mixed-replace"
        parts = answer.iter_encoded()
        assert first.jpeg in next(parts)
        show(instrument, second)
        part = next(parts)
        assert part.startswith(f"--{frames.BOUNDARY}\r\n".encode())
        assert second.jpeg in part


def test_streams_are_bounded_and_a_closed_one_makes_room(tmp_path):
    with open_instrument(tmp_path, page={"threads": 8}) as instrument:  # room for two streams
        show(instrument, make_annotated(1))
        client = create_app(instrument).test_client()
        taken = [client.get("/stream.mjpg") for _ in range(2)]
        refused = client.get("/stream.mjpg")
        assert refused.status_code == 503
        assert "/api/v1/frame.jpg" in refused.get_json()["message"]
        for answer in taken:
            answer.close()
        with client.get("/stream.mjpg") as answer:
            assert answer.status_code == 200


def test_a_stream_without_new_frames_ends(instrument, client, monkeypatch):
    monkeypatch.setattr(frames, "WAIT_S", 0.01)
    monkeypatch.setattr(frames, "STREAM_SILENCE_S", 0.05)
    show(instrument, make_annotated(1))
    with client.get("/stream.mjpg") as answer:
        assert len(list(answer.iter_encoded())) == 1
