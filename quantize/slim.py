"""How an int8 file loses what it says twice: equal vectors are written once, inner tensors get short names."""

import re
from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import NDArray

from contract.failures import Refusal
from device.network.runtime import open_interpreter
from device.network.selftest import replay

IDENTIFIER = b"TFL3"

WEIGHT_ALIGNMENT = 16
"""Bytes; what the schema asks of a buffer's data (`force_align`) and its Python packer leaves out."""

_NUMBER = re.compile(r"^\d+_")
"""Before a name that was shortened already."""


class SlimError(Refusal):
    """The smaller file answers otherwise than the converter's. Report it with the versions in `made_with`."""

    exit_code = 3


def slim_file(content: bytes) -> bytes:
    """Write a .tflite file again with the same graph, weights and scales in fewer bytes.

    The converter gives every output channel of every weight and bias a zero point of eight bytes, all of them zero, and
    names a tensor after every layer that was folded into it: a sixth of the wbc5 file. FlatBuffers lets any number of
    tables point to one vector, so each is kept once. Names in the signature stay; nothing else is looked up by name.

    Args:
        content: as the converter wrote it.

    Returns:
        The smaller file.

    Source: FlatBuffers internals, "Vectors" and "Tables": references are offsets and may be shared.
    """
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(content, 0))
    for graph in model.subgraphs:
        for number, tensor in enumerate(graph.tensors):
            tensor.name = f"{number}_{name_layer(tensor.name.decode())}"
    builder = _SharingBuilder(len(content))
    builder.Finish(model.Pack(builder), IDENTIFIER)
    return bytes(builder.Output())


def prove_same(content: bytes, selftest: bytes) -> None:
    """Hold the converter's file against the examples that the smaller one answered.

    Args:
        content: as the converter wrote it.
        selftest: content of selftest.npz, recorded from the smaller file.

    Raises:
        SlimError: an output differs, be it by one step.
    """
    if step := replay(selftest, open_interpreter(content, threads=1)).largest_step:
        raise SlimError(f"slim file: {step} steps off the converter's (expected the same outputs)")


def name_layer(tensor: str) -> str:
    """Say which layer made a tensor: `leukoscope_1/mask_1/BiasAdd;leukoscope_1/mask_1/convolution` is `mask`."""
    parts = _NUMBER.sub("", tensor).split(";")[0].split("/")
    return parts[min(1, len(parts) - 1)].removesuffix("_1")


class _SharingBuilder(flatbuffers.Builder):  # type: ignore[misc]
    """A builder that writes equal vectors once; the schema's packer hands it every vector of numbers.

    Args:
        size: bytes to begin with.
    """

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self._written: dict[tuple[str, bytes], int] = {}

    def CreateNumpyVector(self, x: NDArray[Any]) -> int:  # noqa: N802 - the library's name
        """Write a vector, or point to an equal one written before."""
        key = (x.dtype.str, x.tobytes())
        if key not in self._written:
            if x.dtype == np.uint8:
                self.Prep(WEIGHT_ALIGNMENT, x.size)
            self._written[key] = int(super().CreateNumpyVector(x))
        return self._written[key]
