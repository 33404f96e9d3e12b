import threading
from contextlib import closing

import cv2
import numpy as np

from device.loop.live import KEPT, Live
from tests.made_records import make_judged

FAST, SLOW = 1000.0, 0.01


def decode(jpeg):
    return cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR_RGB)


def test_a_frame_is_encoded_once_however_many_look():
    drawn = []
    with closing(Live(85, FAST, lambda draw_ms, encode_ms: drawn.append((draw_ms, encode_ms)))) as live:
        live.put(make_judged(1))
        got = []
        viewers = [
            threading.Thread(target=lambda: got.append(live.annotate(live.wait_newer(0, 5.0)))) for _ in range(8)
        ]
        for viewer in viewers:
            viewer.start()
        for viewer in viewers:
            viewer.join(30)
        assert len(got) == 8
        assert all(one is got[0] for one in got)
        assert len(drawn) == 1


def test_a_frame_that_nobody_looks_at_is_not_encoded():
    drawn = []
    live = Live(85, FAST, lambda *spent: drawn.append(spent))
    for seq in range(1, 5):
        live.put(make_judged(seq))
    assert live.find_newest().prediction.frame.seq == 4
    assert drawn == []


def test_the_view_has_nothing_drawn_on_it_and_the_annotated_picture_has():
    judged = make_judged(1, height=240)
    with closing(Live(95, FAST)) as live:
        plain, drawn = decode(live.encode_view(judged)), decode(live.annotate(judged).jpeg)
        frame = judged.prediction.frame.view
        assert plain.shape == drawn.shape == frame.shape
        assert np.abs(plain.astype(int) - frame).mean() < np.abs(drawn.astype(int) - frame).mean()


def test_viewers_share_a_frame_until_the_next_is_due():
    live = Live(85, SLOW)
    live.put(make_judged(1))
    first = live.wait_newer(0, 5.0)
    live.put(make_judged(2))
    assert live.wait_newer(0, 5.0) is first, "a second viewer is given what is on the screens"


def test_a_viewer_of_the_newest_frame_waits_for_a_newer_one():
    live = Live(85, FAST)
    live.put(make_judged(1))
    assert live.wait_newer(1, 0.01) is None
    live.put(make_judged(2))
    assert live.wait_newer(1, 5.0).prediction.frame.seq == 2


def test_few_encoded_frames_are_kept():
    with closing(Live(85, FAST)) as live:
        judged = [make_judged(seq) for seq in range(1, KEPT + 3)]
        first = live.annotate(judged[0])
        assert live.annotate(judged[0]) is first
        for one in judged[1:]:
            live.annotate(one)
        assert live.annotate(judged[0]) is not first
        assert live.annotate(judged[0]).jpeg == first.jpeg


def test_closing_answers_whoever_waits():
    live, answers = Live(85, FAST), []
    viewer = threading.Thread(target=lambda: answers.append(live.wait_newer(0, 60.0)))
    viewer.start()
    live.close()
    viewer.join(30)
    assert answers == [None]
    assert live.closed
