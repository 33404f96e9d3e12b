"""How a calibration becomes a bundle: the same network and self-test, new numbers, its own card."""

import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from contract.bundle import Bundle
from contract.failures import Refusal
from contract.seal import seal
from contract.site_calibration import SiteCalibration
from device.calibration.gathered import Gathered
from device.calibration.site_card import write_site_card

RECORD = "calibration.json"
"""In a calibrated bundle: which cells it was fitted on, so that the next one is not compared on them."""

SAME_FILES = ("model.tflite", "selftest.npz", "parity.json")


class SiteBundleError(Refusal):
    """The calibrated bundle cannot be written. Make room; what ran goes on running."""

    exit_code = 5


class CalibrationRecord(BaseModel):
    """What a calibrated bundle remembers.

    Attributes:
        microscope: name.
        parent: id of the bundle that was calibrated.
        fitted_on: ids of the cells.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    microscope: str
    parent: str
    fitted_on: tuple[str, ...]


def read_fitted_cells(bundle: Bundle) -> frozenset[str]:
    """Say on which cells a bundle was fitted here; none where it never was.

    Args:
        bundle: verified.

    Returns:
        Ids of physical cells.
    """
    if RECORD not in bundle.manifest.files:
        return frozenset()
    try:
        content = (bundle.folder / RECORD).read_bytes()
        return frozenset(CalibrationRecord.model_validate_json(content).fitted_on)
    except (OSError, ValidationError) as error:
        raise SiteBundleError(f"{bundle.folder / RECORD}: {error} (expected the cells it was fitted on)") from error


@contextmanager
def make_site_bundle(
    bundle: Bundle, calibration: SiteCalibration, gathered: Gathered, microscope: str
) -> Iterator[Path]:
    """Write a calibrated bundle into a folder that lasts as long as the block.

    Args:
        bundle: that was calibrated.
        calibration: what was fitted.
        gathered: the cells.
        microscope: whose they are.

    Yields:
        The folder, ready to be installed.

    Raises:
        SiteBundleError: it cannot be written.
    """
    made_at = datetime.now(UTC)
    named = calibration.manifest.model_copy(
        update={
            "version": f"{re.sub(r'-site[0-9T]+$', '', bundle.manifest.version)}-site{made_at:%Y%m%dT%H%M%S}",
            "confidence_fitted_on": f"{calibration.cells} labelled cells of {microscope}, {gathered.told}",
            "fitted_here": microscope,
            "created": made_at.isoformat(timespec="seconds"),
        }
    )
    finished = replace(calibration, manifest=named)
    cells = tuple(sorted({cell.cell for cell in gathered.cells} | read_fitted_cells(bundle)))
    record = CalibrationRecord(microscope=microscope, parent=bundle.bundle_id, fitted_on=cells)
    with _explained(), tempfile.TemporaryDirectory(prefix="leukoscope-calibrated-") as made:
        folder = Path(made) / "bundle"
        folder.mkdir()
        for name in SAME_FILES:
            shutil.copyfile(bundle.folder / name, folder / name)
        card = (bundle.folder / "card.md").read_text(encoding="utf-8")
        contents = {
            "card.md": write_site_card(finished, gathered, microscope, bundle.bundle_id, card).encode(),
            RECORD: (record.model_dump_json(indent=1) + "\n").encode(),
        }
        seal(folder, named, contents)
        yield folder


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SiteBundleError(f"{error.filename}: {error.strerror} (expected room for a bundle)") from error
