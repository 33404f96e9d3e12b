"""Light with known shading, cells with known places, and ruled scales with known periods."""

import cv2
import numpy as np

SHAPE = (300, 480)


def draw_light(shape=SHAPE, centre=(118, 120, 124), rim=(196, 150, 168), lean=(0.1, -0.08)):
    """Levels of empty plasma, float32: a green centre and a pink rim, as on a Raspberry Pi camera."""
    height, width = shape
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    out = (np.hypot(x - lean[0], y - lean[1]) / np.sqrt(2))[..., None] ** 2.2
    return np.asarray(np.array(centre) * (1 - out) + np.array(rim) * out, np.float32)


def photograph(light, seed=0, noise=2.0):
    """A picture of light with the sensor's noise."""
    levels = light + np.random.default_rng(seed).normal(0, noise, light.shape)
    return np.clip(np.rint(levels), 0, 255).astype(np.uint8)


def cover(light, seed, cells=60, radius=12, through=(0.95, 0.72, 0.78)):
    """Light that went through red cells at random places."""
    height, width = light.shape[:2]
    rng = np.random.default_rng(seed)
    mask = np.zeros((height, width), np.uint8)
    for x, y in zip(rng.integers(0, width, cells), rng.integers(0, height, cells), strict=True):
        cv2.circle(mask, (int(x), int(y)), radius, 255, cv2.FILLED, cv2.LINE_AA)
    part = (mask / 255.0)[..., None]
    return np.asarray(light * (1 - part * (1 - np.array(through))), np.float32)


def draw_ruling(period, angle_deg, shape=(300, 480), width=0.12, phase=0.3, fine=4):
    """A stage micrometer, float32 RGB: every fifth and tenth line longer, shaded, blurred, with noise."""
    height, across = shape
    y, x = np.mgrid[: height * fine, : across * fine].astype(np.float32)
    x, y = (x + 0.5) / fine - across / 2, (y + 0.5) / fine - height / 2
    angle = np.radians(angle_deg)
    over, along = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    number = np.rint(over / period - phase)
    length = np.where(number % 10 == 0, 130, np.where(number % 5 == 0, 100, 70))
    is_line = (np.abs(over - (number + phase) * period) < width * period / 2) & (along > -50) & (along < length)
    drawn = cv2.resize(np.where(is_line, 60, 200).astype(np.float32), (across, height), interpolation=cv2.INTER_AREA)
    down, right = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : across * 1j]
    shaded = cv2.GaussianBlur(drawn, (0, 0), 1.0) * (1 - 0.3 * (right**2 + down**2))
    noisy = shaded + np.random.default_rng(0).normal(0, 3, shape)
    return np.repeat(np.clip(noisy, 0, 255)[..., None], 3, axis=2).astype(np.float32)
