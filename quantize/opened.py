"""A run opened for quantization: its network at the size of the device, and what the device will be told about it."""

import platform
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from contract.bundle import Manifest
from contract.settings import QuantizeSettings
from quantize.representative import Representative, choose_representative
from training.description import Description
from training.drafting import draft_manifest
from training.evaluate import open_run
from training.model import build_model
from training.runs import RunRecord
from training.tfrecords import read_examples


@dataclass(frozen=True, slots=True, eq=False)
class Opened:
    """A run and the data it was made for.

    Attributes:
        record: of the run.
        weights: its best.
        data: prepared folder.
        description: of the data.
        draft: manifest whose confidence is not fitted and whose files are not hashed.
    """

    record: RunRecord
    weights: list[Any]
    data: Path
    description: Description
    draft: Manifest

    def build_network(self) -> Any:
        """Build the Keras network for one input of the device's size."""
        model = build_model(self.record.model, self.draft.input_shape)
        model.set_weights(self.weights)
        return model

    def choose_representative(self, settings: QuantizeSettings) -> Representative:
        """Choose the training pictures that set the scales."""
        return choose_representative(self.data, settings.representative_images, settings.seed, self.draft.input_shape)


def open_for_quantizing(run: Path, data: Path, name: str = "run", version: str = "0") -> Opened:
    """Open a run and its data.

    Args:
        run: made by `leukoscope-train fit`.
        data: made by `leukoscope-train prepare`.
        name: of the bundle to be.
        version: of the bundle to be.

    Returns:
        Both.

    Raises:
        Refusal: one is missing, or they do not fit together.
    """
    record, weights, description = open_run(run, data)
    draft = draft_manifest(record.model, (record.input_height, record.input_width), record.um_per_px, name, version)
    made_with = f"tensorflow {tf.__version__}, keras {keras.__version__}, {platform.machine()}"
    fingerprints = {one.name: one.fingerprint for one in description.sources}
    learnt = _name_attribute_sources(data, description) if draft.attributes else None
    facts = {"data": fingerprints, "made_with": made_with, "attributes_learned_from": learnt}
    return Opened(record, weights, data, description, draft.model_copy(update=facts))


def _name_attribute_sources(data: Path, description: Description) -> str | None:
    """Name the sources whose training pictures say what a cell's nucleus and cytoplasm look like."""
    teaching = {one.source for one in read_examples(data, "train") if (one.attributes >= 0).any()}
    told = [f"{one.name} ({one.origin})" for one in description.sources if one.name in teaching]
    return "; ".join(told) or None
