import json
import os

import pytest

from tests.arm64.boards import PI_4, PI_5, write_board
from tests.arm64.cases import Case, Outcome, plan_cases
from tests.arm64.host import TOOLS, HostError, prepare_host
from tests.arm64.inside import Machine
from tests.arm64.report import write_report
from tests.arm64.roots import SUITES
from tests.arm64.wheels import write_download

BOOKWORM, TRIXIE = SUITES["bookworm"], SUITES["trixie"]
CASE = Case(BOOKWORM, "device", PI_4, True, "wbc5")


def found(xnnpack=True, largest_step=0, machine="aarch64"):
    heads = {"mask": {"compared": 100, "differing": 10 if largest_step else 0, "largest_step": largest_step}}
    return {
        "bundle_id": "wbc5-1+0123456789ab",
        "machine": machine,
        "python": "3.11.2",
        "numpy": "1.26.4",
        "runtime": "ai-edge-litert 2.3.0",
        "xnnpack": xnnpack,
        "accepted_steps": 3 if xnnpack else 32,
        "inputs": 8,
        "heads": heads,
    }


@pytest.mark.parametrize(("board", "part"), [(PI_4, "0xd08"), (PI_5, "0xd0b")])
def test_a_board_shows_four_cores_of_its_processor(tmp_path, board, part):
    shown = write_board(board, tmp_path / board.name)
    cpuinfo = (shown / "cpuinfo").read_text()
    assert cpuinfo.count(f"CPU part\t: {part}\n") == 4
    assert ("asimddp" in cpuinfo) == (board is PI_5)
    processors = shown / "sys" / "devices" / "system" / "cpu"
    assert (processors / "possible").read_text() == "0-3\n"
    assert (processors / "cpu3" / "topology" / "core_id").read_text() == "3\n"
    assert int((processors / "cpu0" / "cpufreq" / "cpuinfo_max_freq").read_text()) == board.max_khz


def test_each_release_is_tried_on_both_boards_and_without_xnnpack():
    cases = plan_cases(BOOKWORM, ["wbc5"])
    assert {case.board.name for case in cases if case.expects_xnnpack} == {"pi4", "pi5"}
    assert [case.name for case in cases if not case.expects_xnnpack] == [
        "bookworm-pi5-device-no-sys-wbc5",
        "bookworm-pi4-tflite-sys-wbc5",
    ]
    assert "tflite" not in {case.extra for case in plan_cases(TRIXIE, ["wbc5"])}  # no wheel for Python 3.13


def test_only_wheels_for_aarch64_are_fetched_with_the_pins_of_the_release(tmp_path):
    (tmp_path / "leukoscope-0.1.0-py3-none-any.whl").touch()
    arguments = write_download(BOOKWORM, "device", tmp_path)
    assert "--only-binary=:all:" in arguments
    platforms = [argument for argument in arguments if argument.startswith("--platform=")]
    assert platforms
    assert all(platform.endswith("_aarch64") for platform in platforms)
    assert "--platform=manylinux_2_37_aarch64" not in platforms  # newer than Bookworm's C library
    assert arguments[-3:] == [f"{tmp_path}/leukoscope-0.1.0-py3-none-any.whl[device]", *BOOKWORM.pins]


def test_the_host_s_processor_is_hidden_before_the_root_is_changed(tmp_path):
    lines = Machine(tmp_path / "a root", PI_5, tmp_path / "pi5").write_script(["python3", "-V"], tmp_path).splitlines()
    assert lines[-1].startswith(f"exec chroot '{tmp_path}/a root' env -i")
    assert lines[-1].endswith("QEMU_CPU=cortex-a76 python3 -V")
    assert f"mount --bind {tmp_path}/pi5/cpuinfo '{tmp_path}/a root'/proc/cpuinfo" in lines
    assert f"mount --bind {tmp_path}/pi5/sys '{tmp_path}/a root'/sys" in lines
    blind = Machine(tmp_path, PI_5, tmp_path / "pi5", sees_sys=False).write_script(["true"], tmp_path)
    assert "mount --bind" in blind
    assert f"mount -t tmpfs none {tmp_path}/sys" in blind


@pytest.mark.parametrize(
    ("seen", "passed"),
    [
        (found(), True),
        (found(largest_step=3), True),
        (found(largest_step=4), False),
        (found(xnnpack=False), False),  # it was to be there
        (found(machine="x86_64"), False),  # it was to be emulated
        (None, False),
    ],
)
def test_a_case_passes_only_as_it_was_meant(seen, passed):
    assert Outcome(CASE, seen, 0, "").passed == passed


def test_the_report_tells_what_differs_and_how_a_crash_ended(tmp_path):
    crashed = Outcome(CASE, None, -11, "something\nSegmentation fault")
    page = write_report([Outcome(CASE, found(largest_step=2), 0, ""), crashed], {"bookworm": "bundle  ok\n"}, tmp_path)
    assert "| pi4 | ai-edge-litert 2.3.0 | yes | wbc5-1+0123456789ab | 8 | 10 of 100 (10.00%) | 2 (3) | yes |" in page
    assert "ended with -11: Segmentation fault" in page
    assert "bundle  ok" in page
    assert [row["passed"] for row in json.loads((tmp_path / "report.json").read_text())] == [True, False]


def test_what_the_host_lacks_is_named_with_the_command(monkeypatch):
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(HostError, match=f"apt-get install .*{TOOLS['mmdebstrap']}"):
        prepare_host()
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(HostError, match=r"1000 \(expected root"):
        prepare_host()
