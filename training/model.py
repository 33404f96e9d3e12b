"""The multitask network: one pass over a whole field gives the mask, the cells' types and the evidence for both."""

from dataclasses import asdict, dataclass, field
from typing import Any

import keras
from keras import layers

from contract.failures import Refusal
from training.blocks import convolve, invert_residual, join_scales

MASK_STRIDE = 4
TYPE_STRIDE = 8
DEEPEST_STRIDE = 16
TISSUES = 3  # background, cytoplasm, nucleus


class ModelError(Refusal):
    """Raised when a model cannot be built as described: correct the sizes or classes that the message names."""

    exit_code = 3


@dataclass(frozen=True, slots=True)
class Stage:
    """A row of blocks at one scale: `width` channels, `depth` blocks of which the first halves the map."""

    width: int
    depth: int
    expansion: int
    fused: bool


@dataclass(frozen=True, slots=True)
class ModelConfig:
    """What a network is, apart from its weights and its input size.

    Args:
        task: "differential" or "screening".
        classes: class names in the order of the logits.
        attributes: attribute groups, each with its values, in the order of the logits.
        stem: channels at stride 2.
        stages: blocks at strides 4, 8 and 16.
        features: channels of the map under the heads.
        decoder: channels of the stride 4 map under mask and interior.
        dropout: share of feature channels dropped before the type head, in training only.
    """

    task: str
    classes: tuple[str, ...]
    attributes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    stem: int = 16
    stages: tuple[Stage, ...] = (Stage(24, 2, 4, False), Stage(48, 3, 4, False), Stage(96, 5, 4, False))
    features: int = 48
    decoder: int = 32
    dropout: float = 0.1

    def to_json(self) -> dict[str, Any]:
        """Give the configuration as JSON values; `from_json` reads them back."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "ModelConfig":
        """Read what `to_json` gave, lists becoming tuples again."""
        attributes = {group: tuple(names) for group, names in values["attributes"].items()}
        stages = tuple(Stage(**stage) for stage in values["stages"])
        return cls(**{**values, "classes": tuple(values["classes"]), "attributes": attributes, "stages": stages})


def build_model(config: ModelConfig, input_shape: tuple[int | None, int | None]) -> keras.Model:
    """Build the network for inputs of one size; networks of all sizes share their weights' shapes.

    Args:
        config: the network's description.
        input_shape: (height, width) in pixels, multiples of 16, or (None, None) for any such size.

    Returns:
        Model of (N, height, width, 3) RGB 0..255, bytes or floats, to a dict:
        `mask` (N, height / 4, width / 4, 3) logits,
        `interior` (N, height / 4, width / 4, 1) logits, `cell_type` (N, height / 8, width / 8, classes) logits,
        `features` (N, height / 8, width / 8, features) 0..6, and where configured `attributes` logits at stride 8.

    Raises:
        ModelError: a side is not a multiple of 16, or there are fewer than two classes.
    """
    _check(config, input_shape)
    image = keras.Input((*input_shape, 3), name="image")  # float32: a cast in the graph would hide the input's scale
    x = layers.Rescaling(1 / 127.5, offset=-1.0, name="rescale")(image)
    maps = _encode(convolve(x, config.stem, 3, 2, "stem"), config)
    features = join_scales(maps[-1], maps[-2], config.features, "features")
    fine = join_scales(features, maps[-3], config.decoder, "fine")
    outputs = {
        "mask": layers.Conv2D(TISSUES, 1, name="mask")(fine),
        "interior": layers.Conv2D(1, 1, name="interior")(fine),
        "features": features,
    }
    seen = layers.SpatialDropout2D(config.dropout, name="dropout")(features)
    outputs["cell_type"] = layers.Conv2D(len(config.classes), 1, name="cell_type")(seen)
    if config.attributes:
        values = sum(len(names) for names in config.attributes.values())
        outputs["attributes"] = layers.Conv2D(values, 1, name="attributes")(seen)
    return keras.Model(image, outputs, name="leukoscope")


def _check(config: ModelConfig, input_shape: tuple[int | None, int | None]) -> None:
    if len(config.classes) < 2:
        raise ModelError(f"classes: {config.classes} (expected two or more)")
    for side in input_shape:
        if side is not None and (side <= 0 or side % DEEPEST_STRIDE):
            raise ModelError(f"input size: {input_shape} (expected multiples of {DEEPEST_STRIDE})")


def _encode(x: Any, config: ModelConfig) -> list[Any]:
    maps = []
    for row, stage in enumerate(config.stages):
        for block in range(stage.depth):
            stride = 2 if block == 0 else 1
            x = invert_residual(x, stage.width, stride, stage.expansion, stage.fused, f"stage{row}_block{block}")
        maps.append(x)
    return maps
