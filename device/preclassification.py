"""What the device says of a frame: its cells, where they lie, which count, its drawing; each holds the one before."""

from dataclasses import dataclass

from contract.cell import Cell, FieldClass
from contract.contributions import PlaceLogits
from device.frame import Frame


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
