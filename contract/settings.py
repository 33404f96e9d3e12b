"""How settings are read: defaults from the shipped `leukoscope.toml`, a user's file laid over them, nothing unknown."""

import tomllib
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from contract.failures import Refusal

INSTALL_ROOT = Path(__file__).resolve().parents[1]
"""The folder that holds contract/, bundles/ and leukoscope.toml, in a checkout as in an installed package."""

DEFAULTS = INSTALL_ROOT / "leukoscope.toml"

Fraction = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(ge=1)]


class SettingsError(Refusal):
    """A settings file is unreadable, holds an unknown key or a value of the wrong kind. Mend the line it names."""


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class PageSettings(_Section):
    """Where and how the page is served."""

    host: str
    port: Annotated[int, Field(ge=0, le=65535)]
    allowed_hosts: tuple[str, ...]
    password_file: str
    jpeg_quality: Annotated[int, Field(ge=1, le=100)]
    threads: Count


class QualitySettings(_Section):
    """When a field is not analysed."""

    min_mean_luminance: Annotated[float, Field(ge=0, le=255)]
    max_mean_luminance: Annotated[float, Field(ge=0, le=255)]
    max_saturated_fraction: Fraction
    min_contrast: Annotated[float, Field(ge=0)]
    min_focus: Annotated[float, Field(ge=0)]


class CountingSettings(_Section):
    """When a cell is counted."""

    same_cell_um: Positive
    still_um: Positive
    target: Count


class RecorderSettings(_Section):
    """How records wait for the disk."""

    queue_fields: Count
    full_queue_s: Positive
    min_free_mb: Annotated[int, Field(ge=0)]


class CalibrationSettings(_Section):
    """How a bundle is calibrated on this microscope's own cells."""

    min_cells_per_class: Annotated[int, Field(ge=2)]
    max_cells_per_class: Count
    named_accuracy: Fraction


class DeviceSettings(_Section):
    """The program at the microscope."""

    name: str
    data_dir: str
    bundle: str
    camera: str
    um_per_px: Annotated[float, Field(ge=0, lt=100)]
    fps: Positive
    threads: Annotated[int, Field(ge=0, le=64)]
    operator: str
    page: PageSettings
    quality: QualitySettings
    counting: CountingSettings
    recorder: RecorderSettings
    calibration: CalibrationSettings


class GateSettings(_Section):
    """How much a bundle may differ from its float model."""

    max_accuracy_drop: Fraction
    max_auc_drop: Fraction
    min_agreement: Fraction
    max_miou_drop: Fraction
    max_nucleus_fraction_p95: Fraction
    max_size_ratio: Positive
    max_time_ratio: Positive
    max_bytes: Count


class QuantizeSettings(_Section):
    """From a run to a bundle."""

    representative_images: Count
    seed: int
    named_accuracy: Fraction
    gates: GateSettings


class LabSettings(_Section):
    """The workstation side."""

    batch_rows: Count
    timeout_s: Positive


class Settings(_Section):
    """Every setting of the project; what each means, its unit and its reason stand in `leukoscope.toml`."""

    device: DeviceSettings
    quantize: QuantizeSettings
    lab: LabSettings


def load_settings(path: Path | None = None) -> Settings:
    """Read the defaults and lay a user's file over them.

    Args:
        path: a TOML file with any part of the settings; None: the defaults alone.

    Returns:
        The settings.

    Raises:
        SettingsError: unreadable, not TOML, an unknown key, or a value of the wrong kind; the line names file and key.
    """
    merged = _read_toml(DEFAULTS)
    if path is not None:
        merged = _lay_over(merged, _read_toml(path))
    try:
        return Settings.model_validate(merged)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        source = path or DEFAULTS
        if first["type"] == "extra_forbidden":
            raise SettingsError(f"{source}: {key}: unknown setting (expected one of those in {DEFAULTS})") from error
        raise SettingsError(f"{source}: {key}: {first['input']!r} ({_expectation(first['msg'])})") from error


def _expectation(message: str) -> str:
    return message.replace("Input should be", "expected", 1)


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror} (expected a readable settings file)") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: {error} (expected TOML)") from error


def _lay_over(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        inner = merged.get(key)
        merged[key] = _lay_over(inner, value) if isinstance(inner, dict) and isinstance(value, dict) else value
    return merged
