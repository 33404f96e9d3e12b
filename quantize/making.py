"""What is made of a run before anything is proved: its files, its self-test, and what each layer lost."""

from collections.abc import Sequence
from dataclasses import dataclass

from contract.settings import QuantizeSettings
from device.network.runtime import check_model, open_interpreter
from quantize.convert import INT8, convert
from quantize.layers import Layer, compare_on_canvases
from quantize.opened import Opened
from quantize.representative import Representative
from quantize.selftest_data import SelfTest, make_selftest
from quantize.slim import prove_same, slim_file


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """What was made of a run.

    Attributes:
        files: .tflite by format; int8 slimmed, the others as the converter wrote them.
        representative: what set the scales.
        layers: int8 against float32.
        selftest: recorded from the int8 file on this machine.
    """

    files: dict[str, bytes]
    representative: Representative
    layers: tuple[Layer, ...]
    selftest: SelfTest


def make_files(opened: Opened, settings: QuantizeSettings, formats: Sequence[str]) -> Made:
    """Convert a run, compare its layers and record its self-test.

    Args:
        opened: the run.
        settings: representative set and seed.
        formats: of the files; float32 and int8 among them.

    Returns:
        What was made.

    Raises:
        Refusal: the file is not what a device asks for, or there is nothing to calibrate with.
    """
    network, representative = opened.build_network(), opened.choose_representative(settings)
    files = convert(network, representative.canvases, formats)
    layers = compare_on_canvases(files, representative.canvases)
    slimmed = slim_file(files[INT8])
    model = open_interpreter(slimmed, threads=1)
    check_model(model, opened.draft)
    selftest = make_selftest(model, network, opened.draft, settings.seed)
    prove_same(files[INT8], selftest.content)
    return Made({**files, INT8: slimmed}, representative, layers, selftest)
