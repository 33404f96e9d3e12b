"""How much an int8 bundle may differ from its float network before it is refused."""

from collections.abc import Sequence
from dataclasses import dataclass

from contract.failures import Refusal
from contract.settings import GateSettings
from quantize.parity import Parity


class GateError(Refusal):
    """The int8 file differs too much from the float network, or nothing could be compared, so no bundle was written.

    Train longer, give the test split cells with known types, or look at quantize.gates in leukoscope.toml.
    """

    exit_code = 3


@dataclass(frozen=True, slots=True)
class Gate:
    """A promise about parity and whether it is kept; what was not measured is not kept.

    Attributes:
        name: key in quantize.gates.
        found: the figure.
        limit: most or least allowed.
        kept: whether it is within.
    """

    name: str
    found: float | None
    limit: float
    kept: bool


def judge_gates(parity: Parity, gates: GateSettings) -> tuple[Gate, ...]:
    """Hold a comparison against the gates.

    Args:
        parity: measured.
        gates: limits, from leukoscope.toml.

    Returns:
        Every gate with its verdict; that of the masks only where the split holds human ones, that of nuclei only
        where both found cells.
    """
    verdicts = [
        _at_most("max_accuracy_drop", parity.accuracy_drop.value, gates.max_accuracy_drop),
        _at_least("min_agreement", parity.agreement.value, gates.min_agreement),
        _at_most("max_bytes", parity.files.bytes_int8, gates.max_bytes),
    ]
    if parity.miou_drop is not None:
        verdicts.append(_at_most("max_miou_drop", parity.miou_drop.value, gates.max_miou_drop))
    if parity.nucleus_fraction_p95 is not None:
        p95 = parity.nucleus_fraction_p95
        verdicts.append(_at_most("max_nucleus_fraction_p95", p95, gates.max_nucleus_fraction_p95))
    return tuple(verdicts)


def require_gates(verdicts: Sequence[Gate]) -> None:
    """Refuse a bundle that breaks a promise.

    Raises:
        GateError: names every broken gate.
    """
    broken = [f"{one.name}: {_say(one.found)} (expected {_say(one.limit)})" for one in verdicts if not one.kept]
    if broken:
        raise GateError(f"no bundle written, quantize.gates: {', '.join(broken)}")


def _at_most(name: str, found: float | None, limit: float) -> Gate:
    return Gate(name, found, limit, found is not None and found <= limit)


def _at_least(name: str, found: float | None, limit: float) -> Gate:
    return Gate(name, found, limit, found is not None and found >= limit)


def _say(number: float | None) -> str:
    return "not measured" if number is None else f"{number:.7g}"
