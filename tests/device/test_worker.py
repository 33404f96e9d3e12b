import os
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from device.rank import BESIDE, LATER, step_back
from device.worker import Worker, WorkerStuck


class Waiting(Worker):
    """Does its work once it is let go."""

    def __init__(self, failure=None, close_s=30.0, stops=True):
        super().__init__("waiting", close_s)
        self.go, self.over = threading.Event(), threading.Event()
        self._failure_to_raise, self._stops = failure, stops

    def work(self):
        self.go.wait(30)
        if self._failure_to_raise is not None:
            raise self._failure_to_raise

    def stop(self):
        if self._stops:
            self.go.set()

    def ended(self):
        self.over.set()


def test_a_worker_works_beside_its_owner_and_is_joined_at_the_end():
    with Waiting() as worker:
        assert "waiting" in {thread.name for thread in threading.enumerate()}
        assert not worker.over.is_set()
    assert "waiting" not in {thread.name for thread in threading.enumerate()}


def test_the_main_thread_goes_before_a_worker_and_all_that_it_starts():
    ranks = []

    def look():
        ranks.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))

    class Starting(Waiting):
        def work(self):
            look()
            with Waiting(), ThreadPoolExecutor(1) as pool:
                pool.submit(look).result(10)

    own = os.getpriority(os.PRIO_PROCESS, os.getpid())
    with Starting():
        pass
    assert ranks == [min(19, own + BESIDE)] * 2
    assert os.getpriority(os.PRIO_PROCESS, os.getpid()) == own


def test_who_stands_further_behind_than_asked_stays_there():
    with ThreadPoolExecutor(1, initializer=step_back, initargs=(LATER,)) as pool:
        rank = pool.submit(lambda: (step_back(BESIDE), os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))[1])
        assert rank.result(10) == min(19, os.getpriority(os.PRIO_PROCESS, os.getpid()) + LATER)


def test_the_owner_gets_the_failure_when_it_asks_and_only_once():
    with Waiting(ValueError("no card")) as worker:
        worker.check()
        worker.go.set()
        assert worker.over.wait(10)
        with pytest.raises(ValueError, match="no card"):
            worker.check()
        worker.check()


def test_a_failure_nobody_asked_for_comes_out_at_the_end():
    with pytest.raises(ValueError, match="no card"), Waiting(ValueError("no card")):
        pass


def test_a_failure_does_not_hide_the_owners_own():
    with pytest.raises(KeyError, match="owner"), Waiting(ValueError("worker")):
        raise KeyError("owner")


def test_a_worker_that_does_not_end_is_told_of():
    worker = Waiting(close_s=0.01, stops=False)
    with pytest.raises(WorkerStuck, match="waiting"), worker:
        pass
    worker.go.set()
    assert worker.over.wait(10)
