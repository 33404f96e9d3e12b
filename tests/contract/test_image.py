import numpy as np
import pytest

from contract.image import ImageError, encode_jpeg, encode_png, read_label, read_rgb


def test_png_gives_back_the_same_rgb_pixels(tmp_path):
    rgb = np.random.default_rng(1).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    (tmp_path / "a.png").write_bytes(encode_png(rgb))
    assert np.array_equal(read_rgb(tmp_path / "a.png"), rgb)


def test_jpeg_keeps_red_red(tmp_path):
    (tmp_path / "a.jpg").write_bytes(encode_jpeg(np.full((16, 16, 3), (250, 10, 20), np.uint8), 95))
    assert np.abs(read_rgb(tmp_path / "a.jpg").mean(axis=(0, 1)) - (250, 10, 20)).max() < 4  # JPEG's own rounding


def test_labels_keep_their_values(tmp_path):
    label = np.array([[0, 1], [2, 255]], np.uint8)
    (tmp_path / "m.png").write_bytes(encode_png(label))
    assert np.array_equal(read_label(tmp_path / "m.png"), label)


@pytest.mark.parametrize("content", [b"", b"not an image", b"\xff\xd8\xff\xe0 cut"])
def test_what_is_no_image_is_refused_by_name(tmp_path, content):
    (tmp_path / "x.jpg").write_bytes(content)
    with pytest.raises(ImageError, match=r"x\.jpg"):
        read_rgb(tmp_path / "x.jpg")


def test_a_missing_image_is_refused(tmp_path):
    with pytest.raises(ImageError, match="expected a readable image"):
        read_rgb(tmp_path / "none.png")


def test_a_colour_picture_is_no_label(tmp_path):
    (tmp_path / "c.png").write_bytes(encode_png(np.zeros((4, 4, 3), np.uint8)))
    with pytest.raises(ImageError, match="one-channel"):
        read_label(tmp_path / "c.png")
