"""What a run folder holds: the description of the network and of how it was trained, and its best weights."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import keras

from contract.failures import Refusal
from training.model import ModelConfig, build_model

RUN_FILE = "run.json"
BEST_FILE = "best.keras"
FORMAT = 1


class RunError(Refusal):
    """A run folder is missing, incomplete, or was made with other settings. Name another folder, or repeat its own."""


@dataclass(frozen=True, slots=True)
class RunRecord:
    """What `run.json` says.

    Attributes:
        model: the network.
        input_height, input_width: pixels of the network's input on the device.
        um_per_px: working scale of the data, and so of the device.
        data: fingerprint of each source in the prepared folder.
        fit: the settings of the fit, as JSON values.
    """

    model: ModelConfig
    input_height: int
    input_width: int
    um_per_px: float
    data: dict[str, str]
    fit: dict[str, Any]

    def save(self, run: Path) -> None:
        """Write `run.json` into a run folder, which is made where needed."""
        run.mkdir(parents=True, exist_ok=True)
        text = json.dumps({"format": FORMAT, **asdict(self)}, indent=2)
        partial = run / f"{RUN_FILE}.partial"
        partial.write_text(text + "\n", encoding="utf-8")
        partial.replace(run / RUN_FILE)


def read_record(run: Path) -> RunRecord:
    """Read `run.json`.

    Args:
        run: a run folder.

    Returns:
        What it says.

    Raises:
        RunError: there is none, or it is of another format.
    """
    path = run / RUN_FILE
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        if values.pop("format") != FORMAT:
            raise RunError(f"{path}: another format (expected {FORMAT})")
        return RunRecord(**{**values, "model": ModelConfig.from_json(values["model"])})
    except OSError as error:
        raise RunError(f"{path}: {error.strerror} (expected a folder made by leukoscope-train fit)") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RunError(f"{path}: {error} (expected what leukoscope-train fit writes)") from error


def load_run(run: Path) -> tuple[RunRecord, keras.Model]:
    """Open a run's best network with the input size of the device.

    Args:
        run: a run folder.

    Returns:
        The record, and the network for (N, input_height, input_width, 3).

    Raises:
        RunError: the folder holds no run, or no weights yet.
    """
    record = read_record(run)
    weights = run / BEST_FILE
    if not weights.is_file():
        raise RunError(f"{weights}: missing (expected after the first judgement of a fit)")
    model = build_model(record.model, (record.input_height, record.input_width))
    model.load_weights(weights)
    return record, model
