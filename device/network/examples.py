"""The examples of a bundle's self-test, read only after each array was seen to be what the network takes or gives."""

import io
import tokenize
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from contract.failures import Refusal
from device.network.runtime import Model, Tensor
from device.zip_faults import ZIP_FAULTS

EXAMPLES_AT_MOST = 64
"""A bundle ships about 8; a file that claims thousands would hold every start up for minutes."""

_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_FAULTS = (*ZIP_FAULTS, KeyError, SyntaxError, tokenize.TokenError)
"""The last three: a member that is not there, and an array's header that is no Python literal."""


class ExamplesError(Refusal):
    """The self-test's file is not of this network, or broken. Install the bundle again from where it came."""

    exit_code = 3


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """What went into the network where the bundle was made, and what came out.

    Attributes:
        inputs: (n, height, width, 3) uint8.
        outputs: by head name, (n, ...) integers.
    """

    inputs: NDArray[Any]
    outputs: Mapping[str, NDArray[Any]]


def read_examples(content: bytes, model: Model) -> Examples:
    """Read the examples of a bundle.

    Shapes are looked at before anything is unpacked: a few bytes can claim to be any number of gigabytes.

    Args:
        content: bytes of `selftest.npz`: `inputs`, and `output_<head>` for each head.
        model: of the same bundle.

    Returns:
        The examples, at least one.

    Raises:
        ExamplesError: the file is broken, lacks an array, or holds one of another shape or type.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            count = _count(archive)
            inputs = _read(archive, "inputs", count, model.input)
            outputs = {name: _read(archive, f"output_{name}", count, tensor) for name, tensor in model.outputs.items()}
            return Examples(inputs, outputs)
    except _FAULTS as error:
        line = " ".join(str(error).split())[:200]
        raise ExamplesError(f"selftest.npz: {line} (expected arrays of inputs and outputs)") from error


def _count(archive: zipfile.ZipFile) -> int:
    shape = _look(archive, "inputs")[0]
    count = shape[0] if shape else 0
    if not 1 <= count <= EXAMPLES_AT_MOST:
        raise ExamplesError(f"selftest.npz: {count} examples (expected 1 to {EXAMPLES_AT_MOST})")
    return count


def _read(archive: zipfile.ZipFile, name: str, count: int, tensor: Tensor) -> NDArray[Any]:
    found, expected = _look(archive, name), ((count, *tensor.shape[1:]), tensor.dtype)
    if found != expected:
        (shape, dtype), (wanted, kind) = found, expected
        raise ExamplesError(f"selftest.npz: {name}: {shape} {dtype} (expected {wanted} {kind}, as the network has it)")
    with archive.open(f"{name}.npy") as file:
        return np.asarray(np.lib.format.read_array(file, allow_pickle=False))


def _look(archive: zipfile.ZipFile, name: str) -> tuple[tuple[int, ...], np.dtype[Any]]:
    member = f"{name}.npy"
    if member not in archive.namelist():
        raise ExamplesError(f"selftest.npz: {name} missing (expected one entry for each example)")
    if archive.getinfo(member).compress_type not in _METHODS:
        raise ExamplesError(f"selftest.npz: {name}: compressed in an unknown way (expected deflated or stored)")
    with archive.open(member) as file:
        version = np.lib.format.read_magic(file)
        if version != (1, 0):
            raise ExamplesError(f"selftest.npz: {name}: version {version} (expected 1.0)")
        shape, _, dtype = np.lib.format.read_array_header_1_0(file)
    return shape, dtype
