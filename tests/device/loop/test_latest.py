import threading

import pytest

from device.loop.latest import Latest


def test_a_reader_gets_the_newest_value_and_none_in_between():
    latest = Latest()
    for seq in (1, 2, 3):
        latest.put(seq, f"frame {seq}")
    assert latest.get() == "frame 3"
    assert latest.wait_newer(1, timeout_s=0) == "frame 3"


def test_a_reader_who_has_the_newest_waits_no_longer_than_told():
    latest = Latest()
    latest.put(7, "frame 7")
    assert latest.wait_newer(7, timeout_s=0.01) is None


def test_many_readers_wait_for_the_same_value_and_all_get_it():
    latest = Latest()
    got = []
    readers = [threading.Thread(target=lambda: got.append(latest.wait_newer(0, timeout_s=10))) for _ in range(4)]
    for reader in readers:
        reader.start()
    latest.put(1, "frame 1")
    for reader in readers:
        reader.join(10)
    assert got == ["frame 1"] * 4


def test_closing_frees_the_readers_at_once():
    latest = Latest()
    got = []
    reader = threading.Thread(target=lambda: got.append(latest.wait_newer(0, timeout_s=60)))
    reader.start()
    latest.close()
    reader.join(10)
    assert (got, latest.closed) == ([None], True)


def test_numbers_must_grow():
    latest = Latest()
    latest.put(3, "frame 3")
    with pytest.raises(ValueError, match="seq: 3"):
        latest.put(3, "another frame 3")
