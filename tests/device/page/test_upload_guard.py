import io
import tempfile

import numpy as np
import pytest

from device.page import upload_guard
from device.page.upload_guard import UploadError, read_upload
from tests.uploads.cases import SIZE, make_hostile, make_sound
from tests.uploads.running import run

SOUND, HOSTILE = make_sound(), make_hostile()


@pytest.mark.parametrize("name", sorted(SOUND))
def test_a_whole_picture_of_each_kind_becomes_pixels(name):
    image = read_upload(io.BytesIO(SOUND[name]), name)
    assert image.shape == (*SIZE, 3)
    assert image.dtype == np.uint8
    reference = read_upload(io.BytesIO(SOUND["grey.png" if "grey" in name else "colour.png"]), "")
    # a JPEG of blurred noise is off by some grey levels
    assert np.abs(image.astype(int) - reference).mean() < (8 if name.endswith("jpg") else 1)


@pytest.mark.parametrize("what", sorted(HOSTILE))
def test_what_is_no_whole_picture_of_a_field_is_refused_in_one_sentence(what, capfd):
    content, expected = HOSTILE[what]
    with pytest.raises(UploadError, match=expected) as refused:
        read_upload(io.BytesIO(content), what)
    assert "(expected" in str(refused.value)
    assert len(str(refused.value)) < 200


def test_a_large_claim_is_refused_before_anything_is_decoded(monkeypatch):
    monkeypatch.setattr(upload_guard, "decode_rgb", lambda *_: pytest.fail("it was decoded"))
    for what in ("bomb in pixels", "bomb in millions", "huge jpeg", "huge bmp"):
        with pytest.raises(UploadError):
            read_upload(io.BytesIO(HOSTILE[what][0]), what)


def test_a_file_that_is_something_else_too_becomes_pixels_alone():
    for behind in (b"PK\3\4 an archive", b"<html><script>alert(1)</script>", b"\x89PNG\r\n\x1a\n"):
        image = read_upload(io.BytesIO(SOUND["baseline.jpg"] + behind), "both.jpg.php")
        assert np.array_equal(image, read_upload(io.BytesIO(SOUND["baseline.jpg"]), ""))


def test_a_name_is_shown_and_never_followed():
    for name in ("../../etc/passwd", "/dev/zero", "a\nb\r\0c", "x" * 500, ""):
        with pytest.raises(UploadError) as refused:
            read_upload(io.BytesIO(b"nothing"), name)
        assert "\n" not in str(refused.value)
        assert "\0" not in str(refused.value)


def test_changed_pictures_crash_nothing_and_leave_nothing_behind(tmp_path, monkeypatch, capfd):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    outcomes, _, grown_mb = run(600, 7)
    kinds = {outcome.split()[0] for outcome in outcomes}
    assert kinds == {"jpg", "png", "tif", "bmp"}
    assert {f"{kind} refused" for kind in kinds} <= set(outcomes)
    assert sum(count for outcome, count in outcomes.items() if outcome.endswith("read")) > 20
    assert grown_mb < 300  # one decoded picture of the largest size that is read, some times over
    assert list(tmp_path.iterdir()) == []
