"""A manifest before there is a bundle: what a trained network promises, its confidence still to be fitted."""

from datetime import UTC, datetime

from contract.bundle import FORMAT_VERSION, Abstention, Heads, Manifest
from contract.seal import REQUIRED_FILES
from training.model import MASK_STRIDE, TYPE_STRIDE, ModelConfig

UNHASHED = "0" * 64
"""Stands where the sha256 of a file will stand; no file has it."""

NOT_FITTED = "nothing yet"


def draft_manifest(
    config: ModelConfig, input_shape: tuple[int, int], um_per_px: float, name: str = "run", version: str = "0"
) -> Manifest:
    """Describe a network as a bundle does, with temperature 1, every answer named and no cell strange.

    Args:
        config: the network.
        input_shape: (height, width) in pixels, multiples of 16.
        um_per_px: working scale.
        name: name of the bundle to be.
        version: of the bundle to be.

    Returns:
        A manifest with which outputs can be read, but whose files are not hashed.
    """
    screening = config.task == "screening"
    open_to_all = Abstention(temperature=1.0, threshold=0.0)
    return Manifest(
        format_version=FORMAT_VERSION,
        name=name,
        version=version,
        task="screening" if screening else "differential",
        classes=config.classes,
        input_height=input_shape[0],
        input_width=input_shape[1],
        um_per_px=um_per_px,
        mask_stride=MASK_STRIDE,
        type_stride=TYPE_STRIDE,
        heads=Heads(
            mask="mask",
            interior="interior",
            cell_type="cell_type",
            features="features",
            attributes="attributes" if config.attributes else None,
        ),
        attributes=config.attributes,
        cell=open_to_all,
        field=open_to_all if screening else None,
        conformal=dict.fromkeys(config.classes, 1.0),
        confidence_fitted_on=NOT_FITTED,
        data={},
        files=dict.fromkeys(sorted(REQUIRED_FILES), UNHASHED),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        made_with="",
    )
