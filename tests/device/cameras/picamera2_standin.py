"""What of picamera2 the device uses, with nothing behind it; `test_picamera2_surface` compares it with the package."""

# The arguments are the real package's, mutable defaults and names of builtins included.
# ruff: noqa: A002, B006

import threading
import time
from types import SimpleNamespace

import numpy as np

SENSOR = {
    "ExposureTime": (114, 694422939, 20000),
    "AnalogueGain": (1.0, 22.26, 1.0),
    "ColourGains": (0.0, 32.0, 0.0),
    "FrameDurationLimits": (16657, 694434742, 33333),
    "ScalerCrop": ((0, 0, 64, 64), (8, 0, 4040, 3040), (8, 0, 4040, 3040)),
}
BEFORE = SENSOR | {"ExposureTime": (0, 66666, 20000)}  # what libcamera tells of any sensor until it is configured


class CompletedRequest:
    def __init__(self, camera, buffer):
        self.camera, self.buffer, self.released = camera, buffer, False

    def make_array(self, name):
        assert name == "main"
        assert not self.released, "the buffer was given back already"
        return np.copy(self.buffer)

    def get_metadata(self):
        return dict(self.camera.world.metadata)

    def release(self):
        self.released = True
        self.buffer[:] = 0  # the camera writes the next picture into it


class Picamera2:
    world = None  # set for each test: what the cameras are like

    def __init__(self, camera_num=0, verbose_console=None, tuning=None, allocator=None):
        self.world.opened += 1
        self.world.tuning = tuning
        self.closed = self.started = False
        self.config, self.asked = None, {}
        if camera_num >= len(self.world.cameras):
            raise RuntimeError("Camera __init__ sequence did not complete.") from RuntimeError(
                "No camera number 3 found"
            )

    @staticmethod
    def load_tuning_file(tuning_file, dir=None):
        if tuning_file != "imx477_scientific.json":
            raise RuntimeError("Tuning file not found")
        return {"version": 2.0}

    @staticmethod
    def global_camera_info():
        return Picamera2.world.cameras

    @property
    def camera_controls(self):
        return {k: v for k, v in (SENSOR if self.config else BEFORE).items() if k not in self.world.missing}

    def create_preview_configuration(
        self,
        main={},
        lores=None,
        raw={},
        transform=None,
        colour_space=None,
        buffer_count=4,
        controls={},
        display="main",
        encode="main",
        queue=True,
        sensor={},
        use_case="preview",
    ):
        return {"use_case": use_case, "main": dict(main), "buffer_count": buffer_count, "queue": queue}

    def create_still_configuration(
        self,
        main={},
        lores=None,
        raw={},
        transform=None,
        colour_space=None,
        buffer_count=1,
        controls={},
        display=None,
        encode=None,
        queue=True,
        sensor={},
        use_case="still",
    ):
        return {"use_case": use_case, "main": dict(main), "buffer_count": buffer_count, "queue": queue}

    def configure(self, camera_config=None):
        self.config = self.world.config = camera_config
        self.config["main"] |= self.world.grants

    def stream_configuration(self, name="main"):
        return self.config[name]

    def set_controls(self, controls):
        if self.started and "ScalerCrop" not in controls:
            raise AssertionError("controls are to be set before the start")
        self.world.controls |= controls

    def start(self, config=None, show_preview=False):
        assert self.config, "Camera has not been configured"
        self.started = True

    def capture_request(self, wait=None, signal_function=None, flush=None):
        assert wait, "without a limit it waits for ever"
        if self.world.stalled.is_set():
            raise TimeoutError
        time.sleep(0.005)
        width, height = self.config["main"]["size"]
        red, noise = (200, 0, 0), np.random.default_rng().integers(0, 9, (height, width, 3))
        return CompletedRequest(self, np.asarray(noise + red, np.uint8))

    def cancel_all_and_flush(self):
        self.world.flushed += 1

    def close(self):
        self.closed = True
        self.world.closed += 1


def make_world():
    return SimpleNamespace(
        cameras=[
            {"Model": "imx477", "Id": "/base/soc/i2c0mux/i2c@1/imx477@1a", "Location": 2, "Rotation": 180, "Num": 0}
        ],
        opened=0,
        closed=0,
        flushed=0,
        tuning=None,
        missing=set(),
        grants={},
        config=None,
        controls={},
        metadata={},
        stalled=threading.Event(),
    )
