"""Pictures of drawn cells, whose every pixel is known, and folders of them in the layouts that `prepare` reads."""

import csv

import cv2
import numpy as np

PLASMA, RED, CYTOPLASM, NUCLEUS = (236, 232, 228), (214, 176, 170), (190, 180, 222), (92, 60, 150)
UM_PER_PX = 0.25


def paint_disc(picture, centre, radius, value):
    """Fill a disc; `centre` is (x, y)."""
    y, x = np.indices(picture.shape[:2])
    picture[np.hypot(x - centre[0], y - centre[1]) <= radius] = value


def draw_field(whites, reds=(), shape=(144, 144)):
    """White cells (x, y, radius, nucleus radius) and red cells (x, y) on plasma: the picture and its tissue map."""
    image, tissue = np.full((*shape, 3), PLASMA, np.uint8), np.zeros(shape, np.uint8)
    for x, y in reds:
        paint_disc(image, (x, y), 14, RED)
    for x, y, radius, nucleus in whites:
        paint_disc(image, (x, y), radius, CYTOPLASM)
        paint_disc(tissue, (x, y), radius, 1)
        paint_disc(image, (x, y), nucleus, NUCLEUS)
        paint_disc(tissue, (x, y), nucleus, 2)
    return image, tissue


def draw_crop(seed=0):
    """One white cell in the middle, red cells around it."""
    rng = np.random.default_rng(seed)
    return draw_field([(72, 72, 24, int(rng.integers(13, 19)))], [(20, 24), (118, 30), (26, 120), (120, 116)])


def save(path, picture):
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), picture[..., ::-1] if picture.ndim == 3 else picture)


def save_table(path, columns, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(columns)
        table.writerows(rows)


def make_class_folders(folder, classes=("lymphocyte", "monocyte"), count=8):
    for kind in classes:
        for number in range(count):
            save(folder / kind / f"{kind}_{number:03d}.png", draw_crop(number)[0])
    return folder


def make_masked_folder(folder, count=8):
    for number in range(count):
        image, tissue = draw_crop(number)
        save(folder / "images" / f"cell_{number:03d}.png", image)
        save(folder / "masks" / f"cell_{number:03d}.png", tissue)
    rows = [(f"images/cell_{n:03d}.png", ("lymphocyte", "monocyte")[n % 2]) for n in range(count)]
    save_table(folder / "labels.csv", ("image", "label"), rows)
    return folder


def make_boxed_folder(folder, slides=("A", "B", "C"), count=2):
    rows = []
    for slide in slides:
        for number in range(count):
            image, _ = draw_field([(60, 70, 24, 16), (200, 100, 24, 16)], [(120, 40), (130, 110)], (180, 260))
            name = f"images/{slide}_{number:04d}.png"
            save(folder / name, image)
            rows.append((name, slide, "lymphocyte" if slide < "C" else "monocyte", 32, 42, 56, 56, f"{slide}_000"))
    save_table(folder / "boxes.csv", ("image", "slide", "label", "x", "y", "width", "height", "cell"), rows)
    return folder
