"""What settings there are: a model of each table of `leukoscope.toml`, with the kinds and bounds of its values."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

Fraction = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(ge=1)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class SensorSettings(_Section):
    """What is asked of a live camera; 0 and empty leave it to the camera."""

    width_px: Annotated[int, Field(ge=0, le=16384, multiple_of=2)]
    height_px: Annotated[int, Field(ge=0, le=16384, multiple_of=2)]
    exposure_us: Annotated[int, Field(ge=0, le=10_000_000)]
    analogue_gain: Annotated[float, Field(ge=0, le=64)]
    red_gain: Annotated[float, Field(ge=0, le=32)]
    blue_gain: Annotated[float, Field(ge=0, le=32)]
    configuration: Literal["preview", "still"]
    crop_px: Annotated[tuple[Annotated[int, Field(ge=0)], ...], Field(max_length=4)]
    tuning_file: str
    usb_format: Literal["", "MJPG", "YUYV"]

    @model_validator(mode="after")
    def _refuse_halves(self) -> Self:
        if (self.width_px == 0) != (self.height_px == 0):
            raise ValueError("width_px and height_px: only one is set (expected both, or neither)")
        if (self.red_gain == 0) != (self.blue_gain == 0):
            raise ValueError("red_gain and blue_gain: only one is set (expected both, or neither)")
        if len(self.crop_px) not in {0, 4}:
            raise ValueError("crop_px: not four numbers (expected x, y, width, height, or nothing)")
        return self


class PageSettings(_Section):
    """Where and how the page is served."""

    host: str
    port: Annotated[int, Field(ge=0, le=65535)]
    allowed_hosts: tuple[str, ...]
    password_file: str
    jpeg_quality: Annotated[int, Field(ge=1, le=100)]
    max_fps: Positive
    threads: Count
    session_idle_min: Annotated[int, Field(ge=1, le=1440)]
    session_hours: Annotated[int, Field(ge=1, le=168)]


class QualitySettings(_Section):
    """When a field is not analysed."""

    min_mean_luminance: Annotated[float, Field(ge=0, le=255)]
    max_mean_luminance: Annotated[float, Field(ge=0, le=255)]
    max_saturated_fraction: Fraction
    min_contrast: Annotated[float, Field(ge=0)]
    min_focus: Annotated[float, Field(ge=0)]
    min_cover: Fraction
    max_cover: Fraction
    max_overlap: Fraction
    max_stain_distance: Positive


class DriftSettings(_Section):
    """When lamp and colour have drifted."""

    max_lamp_change: Fraction
    max_colour_change: Fraction


class CountingSettings(_Section):
    """When a cell is counted."""

    resume_h: Annotated[float, Field(ge=0)]

    same_cell_um: Positive
    still_um: Positive
    target: Count
    interval_width_percent: Annotated[float, Field(gt=0, lt=100)]


class ReferenceSettings(_Section):
    """What is usual in a differential."""

    source: Annotated[str, Field(min_length=1, max_length=300)]
    percent: dict[str, tuple[float, float]]

    @field_validator("percent")
    @classmethod
    def _refuse_no_range(cls, percent: dict[str, tuple[float, float]]) -> dict[str, tuple[float, float]]:
        for name, (low, high) in percent.items():
            if not 0 <= low <= high <= 100:
                raise ValueError(f"{name}: {low} to {high} % (expected 0 <= low <= high <= 100)")
        return percent


class RecorderSettings(_Section):
    """How records wait for the disk."""

    queue_fields: Count
    full_queue_s: Positive
    pictures_mb: Count
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
    fps: Annotated[float, Field(ge=0, le=1000)]
    threads: Annotated[int, Field(ge=0, le=64)]
    operator: str
    sensor: SensorSettings
    page: PageSettings
    quality: QualitySettings
    drift: DriftSettings
    counting: CountingSettings
    reference: ReferenceSettings
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
