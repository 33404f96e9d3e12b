"""What flows through the device: a frame, what the bundle says of it, its drawing; each holds the one before."""

import hashlib
import threading
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from contract.cell import Cell, FieldClass
from contract.contributions import PlaceLogits
from contract.failures import Refusal


class FrameError(Refusal):
    """A camera gave something that is no field of view. Look at its pixel format and at um_per_px."""

    exit_code = 4


@dataclass(frozen=True, slots=True)
class Quality:
    """What was measured of a frame before anything was read from it.

    Attributes:
        mean_luminance: grey levels, 0..255.
        saturated_fraction: share of pixels clipped to white, 0..1.
        contrast: standard deviation of luminance in grey levels, shading left out, >= 0.
        focus: strength of the finest detail in percent of the mean luminance, >= 0.
        reason: why the field is not analysed, in words for the page; None where it is.
        background: red, green, blue of empty plasma in the raw picture, 0..255: lamp and camera; None: not measured.
        cover: share of the prepared field that is not plasma, 0..1; None: the field is too small, or not prepared.
        overlap: share of red cells' area where they lie on each other, 0..1; None likewise.
        stain: distance of the stain from the nearest training data, about 1 within it; None: not known.
    """

    mean_luminance: float
    saturated_fraction: float
    contrast: float
    focus: float
    reason: str | None
    background: tuple[float, float, float] | None = None
    cover: float | None = None
    overlap: float | None = None
    stain: float | None = None


class Fingerprint:
    """sha256 of a picture's bytes, taken when it is first asked for: most frames are never kept.

    Args:
        image: C-contiguous, read-only; let go as soon as the hash is taken.
    """

    def __init__(self, image: NDArray[np.uint8]) -> None:
        self._lock = threading.Lock()
        self._image: NDArray[np.uint8] | None = image
        self._digest = ""

    def take(self) -> str:
        """Give the hash, hexadecimal; any thread may ask, the first one waits for it."""
        with self._lock:
            if self._image is not None:
                self._digest = hashlib.sha256(self._image.data).hexdigest()
                self._image = None
            return self._digest


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One field of view; made by `make_frame`, never changed afterwards.

    Attributes:
        seq: number of the frame since the program started, from 1.
        captured_at: aware UTC time of the exposure.
        image: (H, W, 3) uint8 RGB as the camera gave it, read-only, C-contiguous.
        view: the same after the optics' correction: what is shown, read by the network and drawn on; ``image`` itself
            where nothing is corrected.
        um_per_px: size of a pixel in micrometres.
        simulated: drawn, not photographed.
        quality: what was measured of it.
        optics: which correction made ``view``; empty: none.
        fingerprint: of the raw RGB bytes.
    """

    seq: int
    captured_at: datetime
    image: NDArray[np.uint8]
    view: NDArray[np.uint8]
    um_per_px: float
    simulated: bool
    quality: Quality
    optics: str
    fingerprint: Fingerprint

    @property
    def digest(self) -> str:
        """sha256 of the raw RGB bytes, hexadecimal."""
        return self.fingerprint.take()


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """What a bundle says of a frame.

    Attributes:
        frame: the very frame that was looked at.
        cells: white cells in field pixels; all unidentified where the frame is rejected.
        rejected: why the frame is not analysed, or None.
        field_class: of a screening bundle; None for a differential.
        bundle_id: name, version and short hash of the bundle.
        infer_ms: from frame to cells: preparation, network and reading, in milliseconds.
        places: what each place says by itself, from which a heat map can be drawn; None: not kept.
        network: sha256 of the bundle's `model.tflite`, which the cells' features belong to; empty: not known.
    """

    frame: Frame
    cells: tuple[Cell, ...]
    rejected: str | None
    field_class: FieldClass | None
    bundle_id: str
    infer_ms: float
    places: PlaceLogits | None = None
    network: str = ""


@dataclass(frozen=True, slots=True)
class StagePosition:
    """Where a frame lies on the slide.

    Attributes:
        x_um, y_um: the field's top left corner in micrometres, from the place where its region began.
        region: number of the stretch within which positions can be compared; a new one begins when sight is lost.
        still: the stage stood still, so the picture is not blurred and worth counting.
        settled: the place was held against all that was seen of the slide: it is new, or known to be seen before.
    """

    x_um: float
    y_um: float
    region: int
    still: bool
    settled: bool = True


@dataclass(frozen=True, slots=True)
class Mark:
    """Which cell of the slide a cell of a frame is.

    Attributes:
        identity: its number on the slide, from 1; the same in every frame that shows it.
        looks: how often it was seen at rest and in focus.
        in_count: it is in the differential, from this frame or an earlier one.
        cell_id: under which it is stored; empty where it is not in the count.
    """

    identity: int
    looks: int
    in_count: bool
    cell_id: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What all looks at a counted cell say together, where that is something else than what is stored of it.

    Attributes:
        cell_id: under which the cell is stored.
        cell_type, confidence, probabilities, candidates: as of a `Cell`.
        looks: how often it was seen.
        same_as: id of another cell that it turned out to be, which is in the count already; None: it is its own.
    """

    cell_id: str
    cell_type: str
    confidence: float
    probabilities: dict[str, float]
    candidates: tuple[str, ...]
    looks: int
    same_as: str | None = None


@dataclass(frozen=True, slots=True)
class VisitedField:
    """A field on the map: a rectangle of the slide.

    Attributes:
        region: within which places can be compared.
        x_um, y_um: its top left corner.
        width_um, height_um: its size.
        state: ``counted``, ``rejected`` or ``passed``.
    """

    region: int
    x_um: float
    y_um: float
    width_um: float
    height_um: float
    state: str


@dataclass(frozen=True, slots=True)
class VisitedCell:
    """A counted cell on the map: its centre, and what it is called."""

    region: int
    x_um: float
    y_um: float
    cell_type: str
    cell_id: str


@dataclass(frozen=True, slots=True, eq=False)
class Visited:
    """What of a slide was seen so far."""

    fields: tuple[VisitedField, ...]
    cells: tuple[VisitedCell, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """A prediction, and what of it counts.

    Attributes:
        prediction: the frame and its cells, each named by all looks at it so far.
        position: where the frame lies on the slide; None where that is not known.
        counted: for each cell of the prediction, in its order, whether it joins the differential now.
        new_place: the field came to rest on something new: it is to be recorded.
        marks: for each cell which of the slide's it is, None where it is not yet known; empty: nobody asked.
        verdicts: what changed of cells that are stored.
        visited: the slide so far; None: nobody follows the stage.
    """

    prediction: Prediction
    position: StagePosition | None
    counted: tuple[bool, ...]
    new_place: bool
    marks: tuple[Mark | None, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    visited: Visited | None = None

    @property
    def keep(self) -> bool:
        """Whether anything of it is to be recorded."""
        return self.new_place or bool(self.verdicts)


@dataclass(frozen=True, slots=True, eq=False)
class Annotated:
    """A judged prediction as people see it.

    Attributes:
        judged: what was drawn.
        jpeg: the drawing, at the frame's own size.
    """

    judged: Judged
    jpeg: bytes

    @property
    def prediction(self) -> Prediction:
        """The frame and its cells."""
        return self.judged.prediction


def make_frame(
    image: NDArray[np.uint8],
    quality: Quality,
    um_per_px: float,
    *,
    seq: int,
    captured_at: datetime,
    simulated: bool,
    view: NDArray[np.uint8] | None = None,
    optics: str = "",
    fingerprint: Fingerprint | None = None,
) -> Frame:
    """Freeze a camera's picture as a frame.

    A picture that somebody could still write to is copied here, at the boundary; a read-only one is taken as it is.

    Args:
        image: (H, W, 3) uint8 RGB.
        quality: what was measured of it.
        um_per_px: size of a pixel in micrometres, > 0.
        seq: number of the frame, from 1.
        captured_at: aware time of the exposure.
        simulated: drawn, not photographed.
        view: of the same size, corrected; None: the picture needs no correction.
        optics: which correction made it.
        fingerprint: of the image, where it is known; None: it is taken when it is asked for.

    Returns:
        The frame.

    Raises:
        FrameError: the picture is not (H, W, 3) uint8, the scale not positive, or the time without a zone.
    """
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or image.size == 0:
        raise FrameError(f"frame: {image.shape} {image.dtype} (expected (H, W, 3) uint8 RGB)")
    if not um_per_px > 0:
        raise FrameError(f"um_per_px: {um_per_px} (expected micrometres per pixel, more than 0)")
    if captured_at.tzinfo is None:
        raise FrameError(f"captured_at: {captured_at} (expected a time with a zone)")
    frozen = _freeze(image)
    shown = frozen if view is None else _freeze(view)
    taken = fingerprint or Fingerprint(frozen)
    return Frame(seq, captured_at, frozen, shown, um_per_px, simulated, quality, optics, taken)


def _freeze(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    if image.base is None and not image.flags.writeable and image.flags.c_contiguous:
        return image
    frozen = np.array(image, order="C", copy=True)
    frozen.flags.writeable = False
    return frozen
