"""The USB camera over a stand-in for V4L2, which machines without a camera do not have."""

from itertools import count

import cv2
import numpy as np
import pytest

from contract.image import encode_jpeg
from contract.settings_files import load_settings
from device.cameras.listing import list_usb_cameras
from device.cameras.live import SilentCamera, SpoiledPicture
from device.cameras.source import SourceError
from device.cameras.usb import UsbCamera
from device.cameras.v4l2 import open_v4l2


class V4l2:
    """A device as OpenCV presents it: it grants formats and sizes it has, and gives raw pictures."""

    def __init__(self, formats=("MJPG", "YUYV"), size=None, opened=True):
        self.formats, self.size, self.opened = formats, size, opened
        self.asked, self.granted, self.released = [], {}, False
        self.raw = None
        self.grabs = 0
        self.silent = False

    def __call__(self, device):
        return self

    def isOpened(self):  # noqa: N802 - OpenCV's name
        return self.opened

    def set(self, prop, value):
        self.asked.append(prop)
        if prop == cv2.CAP_PROP_FOURCC:
            name = int(value).to_bytes(4, "little").decode()
            value = cv2.VideoWriter.fourcc(*(name if name in self.formats else self.formats[0]))
        if prop == cv2.CAP_PROP_FRAME_WIDTH and self.size:
            value = self.size[0]
        if prop == cv2.CAP_PROP_FRAME_HEIGHT and self.size:
            value = self.size[1]
        self.granted[prop] = value
        return True

    def get(self, prop):
        return float(self.granted.get(prop, 0))

    def grab(self):
        self.grabs += 1
        return not self.silent

    def retrieve(self):
        return self.raw is not None, self.raw

    def release(self):
        self.released = True


@pytest.fixture
def device(tmp_path):
    node = tmp_path / "video0"
    node.touch()
    return node


def ask(**sensor):
    return load_settings().device.sensor.model_copy(update=sensor)


def as_mjpg(image):
    return np.frombuffer(encode_jpeg(image, 95), np.uint8)[None]


def test_motion_jpeg_is_asked_for_first_and_decoded_here(device):
    v4l2 = V4l2()
    v4l2.raw = as_mjpg(np.full((96, 128, 3), (200, 100, 50), np.uint8))
    with UsbCamera(str(device), 0, ask(), v4l2) as camera:
        shot = camera.photograph()
    assert np.abs(shot.image[50, 50].astype(int) - (200, 100, 50)).max() < 4  # JPEG
    assert not shot.image.flags.writeable
    assert v4l2.asked[:3] == [cv2.CAP_PROP_FOURCC, cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT]
    assert v4l2.granted[cv2.CAP_PROP_BUFFERSIZE] == 1
    assert v4l2.granted[cv2.CAP_PROP_CONVERT_RGB] == 0
    assert v4l2.granted[cv2.CAP_PROP_AUTO_EXPOSURE] == 3
    assert v4l2.released


def test_yuyv_is_taken_where_there_is_no_motion_jpeg(device):
    v4l2 = V4l2(formats=("YUYV",))
    v4l2.raw = np.full((8, 12, 2), (150, 128), np.uint8)  # luminance, and no colour
    with UsbCamera(str(device), 0, ask(), v4l2) as camera:
        image = camera.photograph().image
    assert image.shape == (8, 12, 3)
    assert np.ptp(image[0, 0]) <= 1


def test_what_opencv_has_converted_already_becomes_rgb(device):
    v4l2 = V4l2()
    v4l2.raw = np.full((8, 12, 3), (1, 2, 3), np.uint8)
    with UsbCamera(str(device), 0, ask(), v4l2) as camera:
        assert camera.photograph().image[0, 0].tolist() == [3, 2, 1]


def test_a_cut_picture_is_noticed(device):
    v4l2 = V4l2()
    v4l2.raw = as_mjpg(np.zeros((96, 128, 3), np.uint8))[:, :-40]
    with UsbCamera(str(device), 0, ask(), v4l2) as camera, pytest.raises(SpoiledPicture, match="cut"):
        camera.photograph()


def test_what_follows_a_picture_in_its_buffer_does_no_harm(device):
    v4l2 = V4l2()
    raw = as_mjpg(np.full((96, 128, 3), 90, np.uint8))
    v4l2.raw = np.concatenate([raw, raw[:, -500:], np.zeros_like(raw)], axis=1)
    with UsbCamera(str(device), 0, ask(), v4l2) as camera:
        assert camera.photograph().image.shape == (96, 128, 3)


@pytest.mark.parametrize(
    ("sensor", "v4l2", "complaint"),
    [
        ({"width_px": 640, "height_px": 480}, V4l2(size=(1280, 720)), "1280 x 720 pixels (expected 640 x 480"),
        ({"usb_format": "MJPG"}, V4l2(formats=("YUYV",)), "pictures as 'YUYV' (expected MJPG)"),
        ({"analogue_gain": 2.0}, V4l2(), "analogue_gain: 2.0 (expected none: a USB camera"),
        ({}, V4l2(opened=False), "cannot be opened (expected a camera that no other program uses)"),
    ],
)
def test_what_is_not_granted_is_refused(device, sensor, v4l2, complaint):
    with pytest.raises(SourceError) as refused, UsbCamera(str(device), 10, ask(**sensor), v4l2):
        pass
    assert complaint in str(refused.value)


def test_an_exposure_is_asked_for_in_the_units_of_v4l2(device):
    v4l2 = V4l2()
    with UsbCamera(str(device), 0, ask(exposure_us=8300), v4l2):
        assert v4l2.granted[cv2.CAP_PROP_AUTO_EXPOSURE] == 1
        assert v4l2.granted[cv2.CAP_PROP_EXPOSURE] == 83


def test_pictures_that_are_not_due_are_grabbed_and_not_decoded(device):
    v4l2 = V4l2()
    v4l2.raw = as_mjpg(np.full((96, 128, 3), 90, np.uint8))
    with UsbCamera(str(device), 20, ask(), v4l2) as camera:
        for _ in range(3):
            camera.photograph()
    assert v4l2.grabs > 100  # the stand-in gives thousands in the 100 ms that two intervals take


def test_silence_and_unplugging_are_told_apart(device):
    v4l2 = V4l2()
    with UsbCamera(str(device), 0, ask(), v4l2) as camera:
        v4l2.silent = True
        with pytest.raises(SilentCamera):
            camera.photograph()
        device.unlink()
        with pytest.raises(SourceError, match="is gone"):
            camera.photograph()


def test_a_missing_device_is_refused_by_name():
    with pytest.raises(SourceError, match=r"/dev/video99: no such device"), UsbCamera("/dev/video99", 0, ask()):
        pass


def test_what_is_no_camera_is_not_opened_by_the_real_opencv(device, capfd):
    assert not open_v4l2(str(device)).isOpened()


@pytest.fixture
def kernel(tmp_path):
    """A /sys/class/video4linux with a webcam of two nodes, a Pi's codec and a virtual camera."""
    devices, video = tmp_path / "devices", tmp_path / "video4linux"
    numbers = count()
    for hangs_on, name, index in (
        ("platform/scb/fd500000.pcie/usb1/1-1", "HD Webcam", "0"),
        ("platform/scb/fd500000.pcie/usb1/1-1", "HD Webcam", "1"),
        ("platform/bcm2835-codec", "bcm2835-codec-decode", "0"),
        ("virtual/loopback", "Dummy video", "0"),
    ):
        (devices / hangs_on).mkdir(parents=True, exist_ok=True)
        node = video / f"video{next(numbers)}"
        node.mkdir(parents=True)
        (node / "name").write_text(f"{name}\n")
        (node / "index").write_text(f"{index}\n")
        (node / "device").symlink_to(devices / hangs_on)
    return video


def test_cameras_are_listed_without_codecs_and_metadata(kernel, tmp_path):
    dev = tmp_path / "dev"
    dev.mkdir()
    (dev / "video0").touch()
    listed = list(list_usb_cameras(kernel, dev))
    assert [(one.spec, one.usable) for one in listed] == [("usb:0", True), ("usb:3", False)]
    assert listed[0].words == f"HD Webcam ({dev}/video0)"
    assert "is missing (expected udev to make it)" in listed[1].words


def test_no_camera_is_said_with_a_reason(tmp_path):
    (listed,) = list_usb_cameras(tmp_path / "none", tmp_path)
    assert (listed.spec, listed.usable) == ("usb", False)
    assert "no video device in this system" in listed.words
