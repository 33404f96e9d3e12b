import cv2
import numpy as np
import pytest

from contract.settings_files import load_settings
from device.quality.picture import measure_quality

LIMITS = load_settings().device.quality
UM_PER_PX = 0.15


def reason_of(image, **changed):
    return measure_quality(image, UM_PER_PX, LIMITS.model_copy(update=changed)).reason


def test_a_good_field_is_analysed(smear_field):
    assert reason_of(smear_field[0]) is None


def test_a_dark_field_says_how_dark_and_what_was_expected(smear_field):
    dark = (smear_field[0] // 10).astype(np.uint8)
    assert (
        reason_of(dark) == f"too dark: mean luminance {cv2.cvtColor(dark, cv2.COLOR_RGB2GRAY).mean():.0f} (at least 40)"
    )


@pytest.mark.parametrize(
    ("image", "words"),
    [
        (np.full((60, 80, 3), 255, np.uint8), "too bright"),
        (np.full((60, 80, 3), 180, np.uint8), "no cells in view"),
    ],
)
def test_an_empty_field_is_not_analysed(image, words):
    assert reason_of(image).startswith(words)


def test_a_field_of_clipped_pixels_is_overexposed(smear_field):
    image = smear_field[0].copy()
    image[:400] = 255
    assert reason_of(image, max_saturated_fraction=0.5).startswith("overexposed: 67% of pixels white (at most 50%)")


def test_a_blurred_field_is_out_of_focus(smear_field):
    blurred = cv2.GaussianBlur(smear_field[0], (0, 0), 1.0 / UM_PER_PX)  # 1 um
    assert reason_of(smear_field[0], min_focus=1.0) is None
    assert reason_of(blurred, min_focus=1.0).startswith("out of focus")


def test_focus_falls_steadily_with_blur(smear_field):
    blurred = [cv2.GaussianBlur(smear_field[0], (0, 0), um / UM_PER_PX) for um in (0.15, 0.3, 0.6, 1.2, 2.4)]
    focus = [measure_quality(image, UM_PER_PX, LIMITS).focus for image in blurred]
    assert focus == sorted(focus, reverse=True)


def test_focus_does_not_depend_on_exposure_or_camera_pixels(smear_field):
    image = cv2.GaussianBlur(smear_field[0], (0, 0), 3.0)  # detail that both cameras resolve
    sharp = measure_quality(image, UM_PER_PX, LIMITS).focus
    darker = measure_quality((image * 0.6).astype(np.uint8), UM_PER_PX, LIMITS).focus
    coarser = measure_quality(cv2.resize(image, None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA), 0.25, LIMITS).focus
    assert darker == pytest.approx(sharp, rel=0.1)
    assert coarser == pytest.approx(sharp, rel=0.1)


@pytest.mark.real_data
def test_real_sharp_fields_pass_and_the_same_blurred_by_a_micrometre_do_not(real_images):
    for folder, um_per_px in (("rpi_fields/images", 0.15), ("bccd_fields/images", 0.075)):
        for path in sorted((real_images / folder).iterdir())[::60]:
            rgb = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
            blurred = cv2.GaussianBlur(rgb, (0, 0), 1.0 / um_per_px)
            assert measure_quality(rgb, um_per_px, LIMITS).focus > 1.5, path
            assert measure_quality(blurred, um_per_px, LIMITS).focus < 1.0, path


@pytest.mark.real_data
def test_the_sharpest_of_a_real_focus_series_is_the_one_in_focus(real_images):
    paths = sorted((real_images / "defocus_series").glob("*.jpg"), key=lambda path: int(path.stem))
    focus = [measure_quality(cv2.imread(str(path)), 0.15, LIMITS).focus for path in paths]
    assert abs(int(paths[int(np.argmax(focus))].stem)) <= 1
