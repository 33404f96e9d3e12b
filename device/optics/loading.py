"""What holds for a camera when the program starts: what was measured of it here, else settings, else red cells."""

from pathlib import Path

from device.cameras.scaling import find_um_per_px
from device.cameras.source import Source
from device.optics.composing import make_correction
from device.optics.kept import find_in_force
from device.optics.setting import Optics, Setting


def load_optics(data_dir: Path, source: Source, set_um_per_px: float, patient: bool = False) -> Optics:
    """Find the correction and the scale that hold for an opened camera.

    Args:
        data_dir: the device's data folder.
        source: the opened camera; its first pictures may be taken to measure the scale.
        set_um_per_px: what the settings say; 0: not measured.
        patient: a camera that is away is waited for; its scale is then measured by its first pictures.

    Returns:
        The optics with which the program starts.

    Raises:
        ShelfError: a stored measurement is damaged; without it, pictures would not be what they were before.
        SourceError: the camera gives no picture.
        ScaleError: nobody knows the scale and too few red cells are in view.
    """
    in_force = find_in_force(data_dir, source.name)
    correction = make_correction(in_force)
    scale = in_force["scale"].facts.um_per_px if "scale" in in_force else None
    return Optics(Setting(find_um_per_px(source, set_um_per_px, scale, patient), correction))
