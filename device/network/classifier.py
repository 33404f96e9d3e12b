"""What the bundle says of a frame: prepared, run through the network, read, and refused where the frame is not fit."""

import logging
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from contract.bundle import Bundle
from contract.cell import Cell, FieldClass
from contract.cell_types import UNIDENTIFIED
from contract.contributions import find_place_logits
from contract.naming import explain_strange_field, name_field
from contract.outputs import Outputs, join_outputs
from contract.prepare import Prepared, cut_window, plan_windows, prepare_field
from contract.quantized import Quantized
from contract.reading import read_cells
from contract.settings import QualitySettings
from device.frame import Frame
from device.network.runtime import Model, ModelError, check_model, open_interpreter
from device.network.selftest import Replay, replay
from device.preclassification import Prediction
from device.quality.smear import judge_smear

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Analysis:
    """A prediction with what it was read from.

    Attributes:
        prediction: what is shown and stored.
        prepared: the field as the model saw it.
        outputs: of the model.
    """

    prediction: Prediction
    prepared: Prepared
    outputs: Outputs


class Classifier:
    """A bundle at work: opened, held against its manifest and self-tested by `with`.

    Args:
        bundle: verified by `load_bundle`.
        threads: inference threads; 0: one for each core.
    """

    def __init__(self, bundle: Bundle, threads: int = 0) -> None:
        self.bundle = bundle
        self._threads = threads
        self._model: Model | None = None
        self._replay: Replay | None = None

    def __enter__(self) -> Self:
        """Load the model and prove that it computes here what it computed where it was made."""
        model = open_interpreter(_read(self.bundle.folder / "model.tflite"), self._threads)
        check_model(model, self.bundle.manifest)
        if model.slowness:
            log.warning("runtime: %s", model.slowness)  # told first: the self-test may now take minutes
        self._replay = replay(_read(self.bundle.folder / "selftest.npz"), model)
        self._model = model
        return self

    def __exit__(self, *exc: object) -> None:
        """Let the model go; may be called twice."""
        self._model = None

    @property
    def runtime(self) -> str:
        """Name and version of the runtime."""
        return self._opened().runtime

    @property
    def slowness(self) -> str | None:
        """Why inference is many times slower than it need be, worth a warning; None: it is not."""
        return self._opened().slowness

    @property
    def self_test(self) -> Replay:
        """How the self-test went when the bundle was opened."""
        assert self._replay is not None, "the classifier is opened by `with`"
        return self._replay

    def outputs(self, prepared: Prepared) -> Outputs:
        """Run a prepared field through the network, in several windows where it is larger than the input.

        Args:
            prepared: at the bundle's working scale.

        Returns:
            Logits over the whole field.
        """
        manifest = self.bundle.manifest
        shape = (prepared.image.shape[0], prepared.image.shape[1])
        windows = plan_windows(shape, manifest.input_shape)
        parts = [self._run(cut_window(prepared.image, window, manifest.input_shape)) for window in windows]
        return join_outputs(parts, windows, shape, manifest)

    def predict(self, frame: Frame) -> Prediction:
        """Say what a frame shows.

        Args:
            frame: any size and scale.

        Returns:
            Cells in field pixels; where the frame's quality or strange cells give a reason against it, they and the
            field's class stay unidentified, with their probabilities.
        """
        return self.analyse(frame).prediction

    def analyse(self, frame: Frame, limits: QualitySettings | None = None) -> Analysis:
        """Say what a frame shows, and keep what that was read from, for masks.

        Args:
            frame: any size and scale.
            limits: of the field gate, held against the prepared field too; None: the frame's own quality stands.

        Returns:
            As `predict`, with the prepared field and the outputs.
        """
        begun_s = time.monotonic()
        prepared = self.prepare(frame)
        if limits is not None:
            frame = judge_smear(frame, prepared, self.bundle.manifest, limits)
        outputs = self.outputs(prepared)
        prediction = self.read(frame, prepared, outputs)
        infer_ms = (time.monotonic() - begun_s) * 1000
        return Analysis(replace(prediction, infer_ms=infer_ms), prepared, outputs)

    def prepare(self, frame: Frame) -> Prepared:
        """Bring a frame to what the model sees; any thread may call it.

        Args:
            frame: any size and scale.

        Returns:
            The field at the bundle's working scale.
        """
        return prepare_field(frame.view, frame.um_per_px, self.bundle.manifest.um_per_px)

    def read(self, frame: Frame, prepared: Prepared, outputs: Outputs, infer_ms: float = 0.0) -> Prediction:
        """Read what the network said of a frame; any thread may call it.

        Args:
            frame: as it was prepared.
            prepared: by `prepare`.
            outputs: by `outputs`.
            infer_ms: what preparation and network took; the reading is added.

        Returns:
            As `predict`.
        """
        begun_s = time.monotonic()
        manifest = self.bundle.manifest
        cells = read_cells(outputs, prepared, manifest)
        field_class = name_field(cells, manifest)
        rejected = frame.quality.reason or explain_strange_field(cells, manifest)
        if rejected is not None:
            cells, field_class = _withhold_names(cells, field_class)
        places = find_place_logits(outputs, prepared, manifest)
        infer_ms += (time.monotonic() - begun_s) * 1000
        network = manifest.files["model.tflite"]
        return Prediction(frame, cells, rejected, field_class, self.bundle.bundle_id, infer_ms, places, network)

    def _opened(self) -> Model:
        assert self._model is not None, "the classifier is opened by `with`"
        return self._model

    def _run(self, window: NDArray[np.uint8]) -> dict[str, Quantized]:
        model = self._opened()
        return {name: model.scale(name, values) for name, values in model.run(window).items()}


def _withhold_names(
    cells: tuple[Cell, ...], field_class: FieldClass | None
) -> tuple[tuple[Cell, ...], FieldClass | None]:
    unnamed = tuple(replace(cell, cell_type=UNIDENTIFIED) for cell in cells)
    return unnamed, None if field_class is None else replace(field_class, name=UNIDENTIFIED)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path}: {error.strerror} (expected a file of the bundle)") from error
