"""Each cell once: a simulated slide of 400 white cells moved by a hand, with the true cells and with a bundle's."""

import sys
import time
from collections import Counter as Tally
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial

import numpy as np

from contract.bundle import Bundle, Manifest, find_bundle, load_bundle
from contract.cell import Cell, Details
from contract.cell_types import UNIDENTIFIED
from contract.later import Later
from contract.morphology import Shape
from contract.settings_files import load_settings
from device.cameras.simulated import UM_PER_PX, SimulatedSource
from device.counting.judging import Judge
from device.frame import Frame, make_frame
from device.network.classifier import Classifier
from device.preclassification import Judged, Prediction
from device.quality.picture import measure_quality
from device.smear.crowding import Crowding
from device.smear.hand import HandPath
from device.smear.truth import FieldTruth, WhiteCellTruth
from tests.bench.smear import instance_under

CELLS = 400
FPS = 10.0
CROWDING = Crowding(white_per_mm2=600.0, touching=0.12)
LONGEST_S = 900.0  # of simulated time; the count must be there long before
SHAPE = Shape(12.0, 0.9, 0.95, 0.3, 8.0, 0.9, 2)

Detect = Callable[[Frame, FieldTruth], Prediction]


@dataclass
class Counted:
    """What one detector's cells became.

    Attributes:
        joined: how often each true cell joined the count; 0: something that is no true cell.
        names: for each cell in the count, by its id, the true cell and the name by all looks.
        last: for each cell in the count the name by the last look alone.
        taken_back: cells that were found to be in the count already.
        judge_ms: processor time of judging, for each frame.
    """

    joined: Tally[int] = field(default_factory=Tally)
    names: dict[str, tuple[int, str]] = field(default_factory=dict)
    last: dict[str, str] = field(default_factory=dict)
    taken_back: list[str] = field(default_factory=list)
    judge_ms: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class Figures:
    """How well a slide was counted.

    Attributes:
        true: distinct white cells that were ever whole in view, the stage at rest and the field in focus.
        count: cells in the count at the end.
        twice: of them, true cells that are in it more than once, each time more.
        missed: true cells that are not in it.
        false: cells in it that are no true ones, or never were whole at rest in focus.
        named: cells that have a name.
        right: of them, with the true one.
        right_by_last: likewise by the last look alone, of those it names.
        named_by_last: cells that the last look names.
        taken_back: second counts that were found and taken back.
        frames: pictures.
        rests: fields at which the stage rested on the way.
        judge_ms: median processor time for a frame.
        judge_worst_ms: the 99.9th percentile.
    """

    true: int
    count: int
    twice: int
    missed: int
    false: int
    named: int
    right: int
    right_by_last: int
    named_by_last: int
    taken_back: int
    frames: int
    rests: int
    judge_ms: float
    judge_worst_ms: float

    @property
    def off(self) -> float:
        """Count against truth, as a share."""
        return self.count / self.true - 1


def count_slide(seed: int, detectors: dict[str, tuple[Manifest, Detect]], cells: int = CELLS) -> dict[str, Figures]:
    """Count a slide that a hand moves until so many true cells were seen.

    Args:
        seed: of slide and hand.
        detectors: for each name the classes it knows and how it finds cells; all see the same pictures.
        cells: true cells to be seen.

    Returns:
        Figures for each detector.
    """
    settings = load_settings().device
    judges = {name: Judge(settings.counting, manifest) for name, (manifest, _) in detectors.items()}
    tallies = {name: Counted() for name in detectors}
    true: dict[int, str] = {}
    path, before, number, rests, still = HandPath(seed), (np.inf, np.inf), 0, 0, False
    begun = datetime(2026, 1, 1, tzinfo=UTC)
    with SimulatedSource(seed, path=path, crowding=CROWDING) as source:
        while len(true) < cells and number < LONGEST_S * FPS:
            at_s = number / FPS
            image, truth = source.photograph(at_s, number)
            quality = measure_quality(image, UM_PER_PX, settings.quality)
            taken = begun + timedelta(seconds=at_s)
            frame = make_frame(image, quality, UM_PER_PX, seq=number + 1, captured_at=taken, simulated=True)
            here = path.position_um(at_s)
            rested, still = still, bool(np.hypot(here[0] - before[0], here[1] - before[1]) < settings.counting.still_um)
            rests += still and not rested
            before = here
            if still and quality.reason is None:
                true |= {cell.id: cell.cell_type for cell in truth.cells if not cell.touches_border}
            for name, (_, detect) in detectors.items():
                prediction = detect(frame, truth)
                begun_s = time.thread_time()
                judged = judges[name].judge(prediction, "slide", at_rest=False)
                tallies[name].judge_ms.append((time.thread_time() - begun_s) * 1000)
                _note(tallies[name], judged, prediction, truth)
            number += 1
    return {name: _sum_up(tally, true, number, rests) for name, tally in tallies.items()}


def detect_truth(frame: Frame, truth: FieldTruth, classes: tuple[str, ...]) -> Prediction:
    """Find the cells that were drawn, as a network without fault would."""
    cells = tuple(_make_cell(cell, classes) for cell in truth.cells)
    return Prediction(frame, cells, frame.quality.reason, None, "truth", 0.0)


def detect_by(classifier: Classifier, frame: Frame, truth: FieldTruth) -> Prediction:
    """Find cells as the bundle does."""
    return classifier.predict(frame)


def write_counting(figures: dict[str, Figures]) -> list[str]:
    """A table of figures, a row for each run."""
    heads = ("cells from", "true", "counted", "off", "twice", "missed", "false", "taken back", "named", "right")
    lines = [f"| {' | '.join(heads)} | named by the last look alone | right |", "|---" * (len(heads) + 2) + "|"]
    for name, f in figures.items():
        told = (
            f.true,
            f.count,
            f"{f.off:+.1%}",
            f"{f.twice} ({f.twice / f.true:.1%})",
            f.missed,
            f.false,
            f.taken_back,
        )
        all_looks = (f.named, f"{f.right / max(1, f.named):.1%}")
        last_look = (f.named_by_last, f"{f.right_by_last / max(1, f.named_by_last):.1%}")
        lines.append(f"| {' | '.join(map(str, (name, *told, *all_looks, *last_look)))} |")
    return lines


def measure_counting(bundle: Bundle, seeds: tuple[int, ...] = (1,)) -> dict[str, Figures]:
    """Count slides with the true cells and with a bundle's.

    Args:
        bundle: a differential bundle.
        seeds: of the slides.

    Returns:
        Figures by what the cells are from, with the seed.
    """
    found: dict[str, Figures] = {}
    with Classifier(bundle, threads=1) as classifier:
        manifest = bundle.manifest
        detectors: dict[str, tuple[Manifest, Detect]] = {
            "truth": (manifest, partial(detect_truth, classes=manifest.classes)),
            bundle.bundle_id: (manifest, partial(detect_by, classifier)),
        }
        for seed in seeds:
            found |= {f"{name}, slide {seed}": figures for name, figures in count_slide(seed, detectors).items()}
    return found


def _make_cell(cell: WhiteCellTruth, classes: tuple[str, ...]) -> Cell:
    x0, y0, x1, y1 = cell.box
    return Cell(
        box=cell.box,
        cell_type=cell.cell_type,
        confidence=0.96,
        probabilities={name: 0.96 if name == cell.cell_type else 0.01 for name in classes},
        candidates=(cell.cell_type,),
        nucleus_fraction=0.5,
        area_um2=float((cell.tissue > 0).sum() * UM_PER_PX**2),
        touches_border=cell.touches_border,
        outside=0.0,
        features=(0.0,),
        details=Later.of(Details(((x0, y0), (x1 - 1, y0), (x1 - 1, y1 - 1), (x0, y1 - 1)), (), SHAPE, {})),
    )


def _note(tally: Counted, judged: Judged, prediction: Prediction, truth: FieldTruth) -> None:
    by_instance = {cell.instance: cell.id for cell in truth.cells}
    for verdict in judged.verdicts:
        if verdict.same_as is not None:
            tally.taken_back.append(verdict.cell_id)
        else:
            tally.names[verdict.cell_id] = tally.names[verdict.cell_id][0], verdict.cell_type
    for cell, own, counts, mark in zip(
        judged.prediction.cells, prediction.cells, judged.counted, judged.marks, strict=True
    ):
        if counts and mark is not None:
            identity = by_instance.get(instance_under(cell, truth.instances), 0)
            tally.joined[identity] += 1
            tally.names[mark.cell_id] = identity, cell.cell_type
        if mark is not None and mark.in_count and cell.countable and judged.position and judged.position.still:
            tally.last[mark.cell_id] = own.cell_type


def _sum_up(tally: Counted, true: dict[int, str], frames: int, rests: int) -> Figures:
    kept = {cell_id: told for cell_id, told in tally.names.items() if cell_id not in tally.taken_back}
    held = Tally(identity for identity, _ in kept.values() if identity in true)
    named = [(identity, name) for identity, name in kept.values() if name != UNIDENTIFIED and identity in true]
    last = [
        (kept[cell_id][0], name)
        for cell_id, name in tally.last.items()
        if cell_id in kept and name != UNIDENTIFIED and kept[cell_id][0] in true
    ]
    return Figures(
        true=len(true),
        count=len(kept),
        twice=sum(held.values()) - len(held),
        missed=len(true) - len(held),
        false=len(kept) - sum(held.values()),
        named=len(named),
        right=sum(true[identity] == name for identity, name in named),
        right_by_last=sum(true[identity] == name for identity, name in last),
        named_by_last=len(last),
        taken_back=len(tally.taken_back),
        frames=frames,
        rests=rests,
        judge_ms=float(np.median(tally.judge_ms)),
        judge_worst_ms=float(np.quantile(tally.judge_ms, 0.999)),
    )


def main() -> None:
    """Print the table; seeds may be given."""
    seeds = tuple(int(word) for word in sys.argv[1:]) or (1,)
    figures = measure_counting(load_bundle(find_bundle("wbc5")), seeds)
    sys.stdout.write("\n".join(write_counting(figures)) + "\n")
    for name, one in figures.items():
        sys.stdout.write(f"{name}: {one.frames} pictures, {one.rests} rests; judging {one.judge_ms:.2f} ms a picture, ")
        sys.stdout.write(f"99.9 % within {one.judge_worst_ms:.1f} ms of processor time\n")


if __name__ == "__main__":
    main()
