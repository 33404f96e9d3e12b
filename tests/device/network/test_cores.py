import os

import pytest

from device.network.cores import count_cores


@pytest.fixture
def grouped(tmp_path):
    """This process in a control group within another, with the given limits."""

    def write(outer, inner):
        process, groups = tmp_path / "cgroup", tmp_path / "groups"
        (groups / "system.slice" / "leukoscope.service").mkdir(parents=True)
        (groups / "system.slice" / "cpu.max").write_text(outer)
        (groups / "system.slice" / "leukoscope.service" / "cpu.max").write_text(inner)
        process.write_text("0::/system.slice/leukoscope.service\n")
        return process, groups

    return write


def test_without_limits_every_core_this_process_may_use_counts(grouped):
    assert count_cores(*grouped("max 100000\n", "max 100000\n")) == len(os.sched_getaffinity(0))


@pytest.mark.parametrize(("outer", "inner"), [("max 100000", "100000 100000"), ("50000 100000", "800000 100000")])
def test_the_tightest_share_of_time_counts_and_one_thread_is_left(grouped, outer, inner):
    assert count_cores(*grouped(outer, inner)) == 1


def test_binding_to_one_core_leaves_one_thread(grouped):
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        assert count_cores(*grouped("max 100000", "max 100000")) == 1
    finally:
        os.sched_setaffinity(0, before)


@pytest.mark.parametrize("limit", ["", "nonsense", "100000 0 0"])
def test_a_limit_that_cannot_be_read_is_none(grouped, limit):
    assert count_cores(*grouped(limit, limit)) == len(os.sched_getaffinity(0))


def test_a_machine_without_control_groups_counts_its_cores(tmp_path):
    assert count_cores(tmp_path / "none", tmp_path) == len(os.sched_getaffinity(0))
