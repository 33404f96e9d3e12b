import hashlib

import cv2
import numpy as np

from contract.image import read_rgb
from device.keeping.pictures import FOLDER, Picture, Pictures, take_picture
from tests.made_records import make_prediction


def made(day, number, size=600_000):
    jpeg = bytes([number]) * size
    return Picture(f"{FOLDER}/{day}/{number}.jpg", jpeg, hashlib.sha256(jpeg).hexdigest())


def test_a_field_is_kept_as_it_was_read(tmp_path):
    frame = make_prediction(height=240).frame
    pictures, picture = Pictures(tmp_path, keep_mb=10), take_picture(frame)
    assert pictures.write(picture)
    assert pictures.read(picture.path, picture.sha256) == picture.jpeg
    kept = read_rgb(tmp_path / picture.path)
    assert kept.shape == frame.view.shape
    smooth = (cv2.blur(one, (8, 8)).astype(int) for one in (kept, frame.view))
    assert np.abs(np.subtract(*smooth)).mean() < 4


def test_a_picture_that_was_changed_or_is_gone_is_not_given(tmp_path):
    pictures, picture = Pictures(tmp_path, keep_mb=10), made("2026-01-01", 1)
    pictures.write(picture)
    (tmp_path / picture.path).write_bytes(b"something else")
    assert pictures.read(picture.path, picture.sha256) is None
    (tmp_path / picture.path).unlink()
    assert pictures.read(picture.path, picture.sha256) is None


def test_nothing_outside_the_folder_is_given(tmp_path):
    secret = b"a password"
    (tmp_path / "secret").write_bytes(secret)
    pictures = Pictures(tmp_path, keep_mb=10)
    assert pictures.read(f"{FOLDER}/../secret", hashlib.sha256(secret).hexdigest()) is None


def test_the_oldest_days_go_when_room_is_short(tmp_path):
    pictures = Pictures(tmp_path, keep_mb=2)
    days = [f"2026-01-0{number}" for number in range(1, 6)]
    for number, day in enumerate(days):
        pictures.write(made(day, number))
    left = sorted(path.name for path in (tmp_path / FOLDER).iterdir())
    assert left == days[1:], "tidied when a day begins: three full days fit beside the new one"


def test_a_disk_that_refuses_costs_the_picture_only(tmp_path):
    (tmp_path / FOLDER).write_text("in the way")
    assert not Pictures(tmp_path, keep_mb=10).write(made("2026-01-01", 1))
