import threading

import pytest

from device.loop.recorder import Recorder, RecorderError


class SlowDisk:
    """Takes a record when it is allowed to."""

    def __init__(self, takes=0):
        self.allowed = threading.Semaphore(takes)
        self.written = []
        self.asked = threading.Event()

    def write(self, item):
        self.asked.set()
        assert self.allowed.acquire(timeout=30)
        self.written.append(item)


def test_everything_is_written_in_order_before_the_recorder_ends():
    disk = SlowDisk(takes=100)
    with Recorder(disk.write, queue_fields=100, full_queue_s=1) as recorder:
        for number in range(100):
            recorder.record(number)
    assert disk.written == list(range(100))


def test_a_full_queue_makes_the_giver_wait_and_nothing_is_lost():
    disk = SlowDisk()
    with Recorder(disk.write, queue_fields=2, full_queue_s=30) as recorder:
        giver = threading.Thread(target=lambda: [recorder.record(number) for number in range(10)])
        giver.start()
        assert disk.asked.wait(10)
        assert len(disk.written) == 0
        assert recorder.waiting <= 2
        disk.allowed.release(10)
        giver.join(10)
    assert disk.written == list(range(10))


def test_a_queue_that_stays_full_ends_the_program():
    disk = SlowDisk()
    with Recorder(disk.write, queue_fields=1, full_queue_s=0.01) as recorder:
        recorder.record("in the writer's hand")
        assert disk.asked.wait(10)
        recorder.record("in the queue")
        with pytest.raises(RecorderError, match="1 fields wait for the disk") as refused:
            recorder.record("no room")
        disk.allowed.release(2)
    assert refused.value.exit_code == 5
    assert disk.written == ["in the writer's hand", "in the queue"]


def test_what_the_disk_says_no_to_is_raised_where_the_records_come_from():
    def refuse(item):
        raise OSError(28, "No space left on device")

    def give_until_refused(recorder):
        while True:
            recorder.record("field")

    # A queue of one, so that the giver is waiting for room when the writer fails.
    with Recorder(refuse, queue_fields=1, full_queue_s=30) as recorder, pytest.raises(OSError, match="No space left"):
        give_until_refused(recorder)
