import io
import subprocess
import sys
import zipfile
from dataclasses import replace

import numpy as np
import pytest

from contract.settings_files import INSTALL_ROOT
from device.network.examples import EXAMPLES_AT_MOST, ExamplesError
from device.network.selftest import PLAIN_TOLERANCE_STEPS, TOLERANCE_STEPS, SelfTestError, replay, tolerated_steps

PLAIN = """
import sys
from pathlib import Path
from contract.bundle import load_bundle
from device.network.classifier import Classifier
with Classifier(load_bundle(Path(sys.argv[1])), 1) as classifier:
    print(classifier.runtime, classifier.slowness, classifier.self_test.largest_step, sep="|")
"""


def packed(arrays):
    content = io.BytesIO()
    np.savez(content, **arrays)
    return content.getvalue()


@pytest.fixture
def own_examples(model, examples):
    """The examples as this very runtime answers them."""
    runs = [model.run(image) for image in examples["inputs"]]
    return {"inputs": examples["inputs"]} | {
        f"output_{name}": np.stack([run[name] for run in runs]) for name in runs[0]
    }


def test_the_self_test_is_bit_identical_with_xnnpack_and_within_its_tolerance_without(tiny_bundle, model):
    went = replay((tiny_bundle / "selftest.npz").read_bytes(), model)
    assert went.inputs == 4
    assert went.median_ms > 0
    assert set(went.heads) == set(model.outputs)
    assert went.whole.compared == 4 * sum(np.prod(tensor.shape) for tensor in model.outputs.values())
    if model.xnnpack:
        assert (went.whole.differing, went.largest_step) == (0, 0)
    assert went.largest_step <= tolerated_steps(model)


@pytest.mark.parametrize("beyond", [0, 1])
def test_the_self_test_accepts_rounding_and_nothing_more(model, own_examples, beyond):
    steps = tolerated_steps(model) + beyond
    moved = own_examples["output_mask"].astype(np.int16)
    moved[2, 5, 6, 0] += steps if moved[2, 5, 6, 0] < 64 else -steps
    content = packed(own_examples | {"output_mask": moved.astype(np.int8)})
    if beyond:
        with pytest.raises(SelfTestError, match=rf"mask of example 2 is {steps} steps off"):
            replay(content, model)
    else:
        went = replay(content, model)
        assert (went.whole.differing, went.largest_step) == (1, steps)
        assert went.heads["mask"] == went.whole.__class__(went.heads["mask"].compared, 1, steps)


def test_red_and_blue_exchanged_fail_on_any_runtime(model, examples):
    with pytest.raises(SelfTestError, match="steps off"):
        replay(packed(examples | {"inputs": examples["inputs"][..., ::-1]}), model)


def test_more_is_accepted_where_xnnpack_is_absent(model):
    assert tolerated_steps(replace(model, xnnpack=True)) == TOLERANCE_STEPS
    assert tolerated_steps(replace(model, xnnpack=False)) == PLAIN_TOLERANCE_STEPS
    assert TOLERANCE_STEPS < PLAIN_TOLERANCE_STEPS


def test_a_service_that_hides_cpuinfo_is_warned_of_and_still_works(tiny_bundle):
    # what ProcSubset=pid does to the service
    hide = f"mount -t proc -o subset=pid proc /proc && exec {sys.executable} -c '{PLAIN}' {tiny_bundle}"
    command = ["unshare", "--mount", "--pid", "--fork", "sh", "-c"]
    if subprocess.run([*command, "mount -t proc -o subset=pid proc /proc"], capture_output=True).returncode != 0:
        pytest.skip("NOT PROVED HERE: this user may not mount a /proc of its own")
    went = subprocess.run([*command, hide], capture_output=True, text=True, cwd=INSTALL_ROOT)
    assert went.returncode == 0, went.stderr
    runtime, slowness, steps = went.stdout.strip().split("|")
    assert slowness.startswith(runtime)
    assert "slower" in slowness
    assert slowness in went.stderr
    assert int(steps) <= PLAIN_TOLERANCE_STEPS


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"output_interior": None}, "output_interior missing"),
        (
            {"output_mask": np.zeros((4, 12, 32, 3), np.int8)},
            r"\(4, 12, 32, 3\) int8 \(expected \(4, 24, 32",
        ),
        ({"output_mask": np.zeros((4, 24, 32, 3), np.int16)}, r"int16 \(expected \(4, 24, 32, 3\) int8"),
        ({"output_mask": np.full((4, 24, 32, 3), None)}, r"object \(expected \(4, 24, 32, 3\) int8"),
        ({"inputs": np.zeros((0, 96, 128, 3), np.uint8)}, "0 examples"),
        ({"inputs": np.uint8(3)}, "0 examples"),
        ({"inputs": np.zeros((EXAMPLES_AT_MOST + 1, 1), np.uint8)}, f"expected 1 to {EXAMPLES_AT_MOST}"),
        ({"inputs": np.zeros((4, 96, 128), np.uint8)}, r"inputs: \(4, 96, 128\) uint8 \(expected \(4, 96, 128, 3\)"),
    ],
)
def test_examples_of_another_network_are_refused(model, examples, change, line):
    arrays = {name: array for name, array in (examples | change).items() if array is not None}
    with pytest.raises(ExamplesError, match=line):
        replay(packed(arrays), model)


def test_a_small_file_that_claims_terabytes_is_refused_before_it_is_unpacked(model):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("inputs.npy", "w") as file:
        np.lib.format.write_array_header_1_0(
            file, {"shape": (4, 10**6, 10**6, 3), "fortran_order": False, "descr": "|u1"}
        )
        file.write(bytes(10**6))
    with pytest.raises(ExamplesError, match=r"inputs: \(4, 1000000, 1000000, 3\)"):
        replay(content.getvalue(), model)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 broken", b"\x93NUMPY\x01\x00", bytes(10**5)])
def test_a_broken_self_test_file_is_refused(model, content):
    with pytest.raises(ExamplesError, match="expected arrays"):
        replay(content, model)


def test_a_self_test_file_cut_anywhere_is_refused(model, tiny_bundle):
    content = (tiny_bundle / "selftest.npz").read_bytes()
    for kept in range(0, len(content), len(content) // 40):
        with pytest.raises(ExamplesError):
            replay(content[:kept], model)
