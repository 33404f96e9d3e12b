"""What dried plasma between the cells looks like: almost nothing, faintly uneven."""

import numpy as np
from numpy.typing import NDArray

PERIOD_PX = 512  # it repeats, far too faintly for an eye to notice


def make_plasma(rng: np.random.Generator) -> NDArray[np.float32]:
    """Draw the unevenness of dried plasma as a pattern that fits onto itself at its edges.

    Args:
        rng: random numbers.

    Returns:
        (PERIOD_PX, PERIOD_PX) float32 optical density, mean 0, deviation 0.003.
    """
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(PERIOD_PX), np.fft.fftfreq(PERIOD_PX)))
    spectrum = np.fft.fft2(rng.standard_normal((PERIOD_PX, PERIOD_PX)))
    film = np.fft.ifft2(spectrum / (frequency + 0.01) * np.exp(-((frequency / 0.08) ** 2))).real
    return np.asarray((film - film.mean()) / film.std() * 0.003, np.float32)
