"""A few captures under motion; `make test-captures` takes two hundred."""

from tests.shown_is_saved import compare_captures

CAPTURES = 10


def test_what_is_shown_is_what_is_saved(tmp_path):
    captured, passed_by, wrong = compare_captures(tmp_path, CAPTURES)
    assert wrong == []
    assert captured == CAPTURES
    assert passed_by >= CAPTURES // 2, "frames went by while a person was about to capture"
