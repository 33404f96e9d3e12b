import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from device.loop.screen import Screen
from tests.made_records import make_judged
from tests.running import wait_for

FAST_S, SLOW_S, PATIENCE_S = 0.001, 100.0, 30.0


def ready_nothing(_judged):
    pass


def wait_until_waiting(screen, count):
    """Threads that wait for a change, the one who will make it among them."""
    wait_for(lambda: len(screen._came._waiters) + len(screen._changed._waiters) >= count, f"{count} threads waiting")


def seq_of(judged):
    return judged.prediction.frame.seq


def test_one_viewer_makes_a_frame_ready_before_all_others_are_told():
    made = []
    with closing(Screen(FAST_S)) as screen, ThreadPoolExecutor(8) as pool:
        waits = [pool.submit(screen.wait_newer, 0, PATIENCE_S, made.append) for _ in range(8)]
        wait_until_waiting(screen, 8)
        first = make_judged(1)
        screen.put(first)
        assert [wait.result(PATIENCE_S) for wait in waits] == [first] * 8
        assert made == [first]


def test_frames_between_two_changes_wake_nobody():
    with closing(Screen(SLOW_S)) as screen, ThreadPoolExecutor(4) as pool:
        screen.put(make_judged(1))
        assert seq_of(screen.wait_newer(0, 0.0, ready_nothing)) == 1
        waits = [pool.submit(screen.wait_newer, 1, PATIENCE_S, ready_nothing) for _ in range(4)]
        wait_until_waiting(screen, 4)
        for seq in range(2, 50):
            screen.put(make_judged(seq))
            assert len(screen._changed._waiters) == 4, "all sleep on until the next picture is due"
        screen.close()
        assert {seq_of(wait.result(PATIENCE_S)) for wait in waits} == {49}


def test_a_frame_that_is_there_is_given_without_patience():
    with closing(Screen(FAST_S)) as screen:
        assert screen.wait_newer(0, 0.0, ready_nothing) is None
        for seq in range(1, 4):
            screen.put(make_judged(seq))
            assert seq_of(screen.wait_newer(seq - 1, 0.0, ready_nothing)) == seq, "waited for until it is due"
        assert screen.wait_newer(3, 0.0, ready_nothing) is None


def test_a_change_that_is_due_goes_before_what_is_on_the_screens():
    with closing(Screen(FAST_S)) as screen:
        screen.put(make_judged(1))
        screen.wait_newer(0, 0.0, ready_nothing)
        screen.put(make_judged(2))
        screen.wait_newer(1, 0.0, ready_nothing)
        screen.put(make_judged(3))
        assert threading.Event().wait(2 * FAST_S) is False
        assert seq_of(screen.wait_newer(0, 0.0, ready_nothing)) == 3


def test_who_gives_up_leaves_the_change_to_another():
    with closing(Screen(FAST_S)) as screen, ThreadPoolExecutor(3) as pool:
        hasty = pool.submit(screen.wait_newer, 0, 0.05, ready_nothing)
        wait_until_waiting(screen, 1)
        others = [pool.submit(screen.wait_newer, 0, PATIENCE_S, ready_nothing) for _ in range(2)]
        assert hasty.result(PATIENCE_S) is None
        wait_until_waiting(screen, 2)
        screen.put(make_judged(1))
        assert [seq_of(other.result(PATIENCE_S)) for other in others] == [1, 1]


def test_a_frame_that_cannot_be_made_ready_fails_for_one_and_is_tried_by_the_next():
    tried = []

    def fail_once(judged):
        tried.append(judged)
        if len(tried) == 1:
            raise ValueError("no picture")

    with closing(Screen(FAST_S)) as screen, ThreadPoolExecutor(3) as pool:
        waits = [pool.submit(screen.wait_newer, 0, PATIENCE_S, fail_once) for _ in range(3)]
        wait_until_waiting(screen, 3)
        screen.put(make_judged(1))
        failures = [wait.exception(PATIENCE_S) for wait in waits]
        assert sorted(str(failure) for failure in failures) == ["None", "None", "no picture"]
        assert len(tried) == 2


def test_viewers_who_come_and_go_all_the_time_miss_nothing_for_ever():
    """Each of eight pulls the newest again and again while frames come; the last one reaches all of them."""

    def pull(screen):
        seq = 0
        while seq < 300:
            judged = screen.wait_newer(seq, PATIENCE_S, ready_nothing)
            assert seq_of(judged) > seq
            seq = seq_of(judged)
        return seq

    with closing(Screen(FAST_S)) as screen, ThreadPoolExecutor(8) as pool:
        pulls = [pool.submit(pull, screen) for _ in range(8)]
        for seq in range(1, 301):
            screen.put(make_judged(seq))
            threading.Event().wait(FAST_S / 4)
        assert [one.result(PATIENCE_S) for one in pulls] == [300] * 8


def test_closing_answers_whoever_waits():
    with ThreadPoolExecutor(4) as pool:
        screen = Screen(FAST_S)
        waits = [pool.submit(screen.wait_newer, 0, PATIENCE_S, ready_nothing) for _ in range(4)]
        wait_until_waiting(screen, 4)
        screen.close()
        assert [wait.result(PATIENCE_S) for wait in waits] == [None] * 4
        assert screen.closed


def test_numbers_must_grow():
    screen = Screen(FAST_S)
    screen.put(make_judged(3))
    with pytest.raises(ValueError, match="seq: 3"):
        screen.put(make_judged(3))
