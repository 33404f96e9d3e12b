import threading

from device.loop.handover import Handover


def test_what_is_given_is_taken_in_order_and_the_giver_is_never_more_than_one_ahead():
    handover, taken, given = Handover(), [], []

    def give():
        for number in range(50):
            assert handover.give(number)
            given.append(number)
        handover.end()

    giver = threading.Thread(target=give)
    giver.start()
    while (number := handover.take()) is not None:
        taken.append(number)
        assert len(given) <= len(taken) + 1
    giver.join(30)
    assert taken == list(range(50))
    assert handover.over


def test_what_was_given_before_the_end_is_still_taken():
    handover = Handover()
    handover.give("last")
    handover.end()
    assert not handover.over
    assert handover.take() == "last"
    assert handover.over
    assert handover.take() is None


def test_a_giver_is_told_when_the_taker_has_gone():
    handover, answers = Handover(), []
    handover.give(1)
    giver = threading.Thread(target=lambda: answers.append(handover.give(2)))
    giver.start()
    handover.leave()
    giver.join(30)
    assert answers == [False]


def test_a_taker_that_waits_only_so_long_gets_nothing():
    assert Handover().take(timeout_s=0.01) is None
