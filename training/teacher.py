"""A trained run as teacher: its masks replace those guessed from colour, where it is sure."""

from pathlib import Path
from threading import Lock

import cv2
import numpy as np
from numpy.typing import NDArray

from contract.failures import Refusal
from contract.prepare import Prepared, cut_window, plan_windows, stitch_maps
from training.fit import load_run
from training.model import MASK_STRIDE
from training.sample import UNKNOWN

SURE = 0.8  # probability under which a pixel stays unknown


class TeacherError(Refusal):
    """A run works at another scale than the data are prepared for; prepare at the run's scale."""


class RunTeacher:
    """Draws the tissue of prepared pictures with a run's best network.

    One picture at a time: threads may share a teacher.

    Args:
        run: a run folder.
        um_per_px: working scale of the data.

    Raises:
        RunError: the folder holds no run.
        TeacherError: the run's scale is another.
    """

    def __init__(self, run: Path, um_per_px: float) -> None:
        record, self._model = load_run(run)
        if abs(record.um_per_px - um_per_px) > 1e-6:
            raise TeacherError(f"{run}: works at {record.um_per_px} um/px (expected {um_per_px}, as the data)")
        self._input_shape = (record.input_height, record.input_width)
        self._alone = Lock()

    def tissue(self, prepared: Prepared) -> NDArray[np.uint8]:
        """Say what each pixel is.

        Args:
            prepared: a prepared picture.

        Returns:
            (h, w) uint8: 0 background, 1 cytoplasm, 2 nucleus; 255 where the network is less than `SURE`.
        """
        height, width = prepared.image.shape[:2]
        windows = plan_windows((height, width), self._input_shape)
        inputs = np.stack([cut_window(prepared.image, window, self._input_shape) for window in windows])
        with self._alone:
            maps = np.asarray(self._model(inputs, training=False)["mask"], np.float32)
        logits = stitch_maps(list(maps), windows, (height, width), MASK_STRIDE)
        finer = cv2.resize(logits, None, fx=MASK_STRIDE, fy=MASK_STRIDE, interpolation=cv2.INTER_LINEAR)
        odds = np.exp(finer[:height, :width] - finer[:height, :width].max(axis=2, keepdims=True))
        sure = odds.max(axis=2) >= SURE * odds.sum(axis=2)
        return np.where(sure, odds.argmax(axis=2), UNKNOWN).astype(np.uint8)
