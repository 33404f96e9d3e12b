"""How much an int8 bundle may differ from its float network before it is refused."""

from collections.abc import Sequence
from dataclasses import dataclass

from contract.failures import Refusal
from contract.settings import GateSettings
from quantize.parity import Parity
from training.intervals import Estimate

ROUNDING = 1e-9
"""Shares are means of floats: one of n is not to the last bit 1 / n."""


class GateError(Refusal):
    """The int8 file differs too much from the float network, or nothing could be compared, so no bundle was written.

    `leukoscope-quantize debug` shows which layer loses what. Train longer, calibrate with more pictures, give the test
    split things with known classes, or look at quantize.gates in leukoscope.toml.
    """

    exit_code = 3


@dataclass(frozen=True, slots=True)
class Gate:
    """A promise about parity and whether it is kept; what was not measured is not kept.

    Attributes:
        name: key in quantize.gates.
        found: the figure.
        bar: what leukoscope.toml says.
        limit: most or least allowed here: the bar, or what the measurement cannot tell from it.
        why: why the limit is not the bar, in words; empty where it is.
        kept: whether it is within.
    """

    name: str
    found: float | None
    bar: float
    limit: float
    why: str
    kept: bool


def judge_gates(parity: Parity, gates: GateSettings) -> tuple[Gate, ...]:
    """Hold a comparison against the gates.

    Args:
        parity: measured.
        gates: limits, from leukoscope.toml.

    Returns:
        Every gate with its verdict; that of the area under the curve only for fields, that of the masks only where the
        split holds human ones, that of nuclei only where both found cells.
    """
    files, one = parity.files, _one_of(parity.accuracy.drop, parity.things)
    verdicts = [
        _at_most("max_accuracy_drop", parity.accuracy.drop.value, gates.max_accuracy_drop, one),
        _at_least("min_agreement", parity.agreement.value, gates.min_agreement, one),
        _at_most("max_bytes", files.bytes_int8, gates.max_bytes),
        _at_most("max_size_ratio", files.bytes_ratio, gates.max_size_ratio),
        _at_most("max_time_ratio", files.ms_ratio.value, gates.max_time_ratio, _left_open(files.ms_ratio)),
    ]
    if parity.auc is not None:
        verdicts.append(_at_most("max_auc_drop", parity.auc.drop.value, gates.max_auc_drop))
    if parity.miou is not None:
        verdicts.append(_at_most("max_miou_drop", parity.miou.drop.value, gates.max_miou_drop))
    if (p95 := parity.nucleus_fraction_p95).rows:
        verdicts.append(_at_most("max_nucleus_fraction_p95", p95.value, gates.max_nucleus_fraction_p95))
    return tuple(verdicts)


def require_gates(verdicts: Sequence[Gate]) -> None:
    """Refuse a bundle that breaks a promise.

    Raises:
        GateError: names every broken gate, what was found and the bar.
    """
    broken = [f"{one.name}: {_say(one.found)} (expected {_say(one.limit)})" for one in verdicts if not one.kept]
    if broken:
        raise GateError(f"no bundle written, quantize.gates: {', '.join(broken)}")


@dataclass(frozen=True, slots=True)
class _Leeway:
    """What is let pass because it cannot be told: up to `least` in all, or `beyond` more than the bar."""

    why: str = ""
    least: float = 0.0
    beyond: float = 0.0


def _one_of(figure: Estimate, things: str) -> _Leeway:
    return _Leeway(
        f"one of {figure.rows} {things}, for less cannot be told", least=1 / figure.rows if figure.rows else 0
    )


def _left_open(ratio: Estimate) -> _Leeway:
    if ratio.value is None or ratio.low is None:
        return _Leeway()
    return _Leeway("what the interval over the rounds leaves open", beyond=ratio.value - ratio.low)


def _at_most(name: str, found: float | None, bar: float, leeway: _Leeway = _Leeway()) -> Gate:
    limit = max(bar + leeway.beyond, leeway.least)
    kept = found is not None and found <= limit + ROUNDING
    return Gate(name, found, bar, limit, leeway.why if limit > bar else "", kept)


def _at_least(name: str, found: float | None, bar: float, leeway: _Leeway) -> Gate:
    limit = min(bar, 1 - leeway.least)
    kept = found is not None and found >= limit - ROUNDING
    return Gate(name, found, bar, limit, leeway.why if limit < bar else "", kept)


def _say(number: float | None) -> str:
    return "not measured" if number is None else f"{number:.7g}"
