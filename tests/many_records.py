"""Databases of many slides, written row by row straight into the file: months of work in seconds."""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from contract.cell_types import DIFFERENTIAL_ORDER, UNIDENTIFIED
from contract.moments import write_moment
from contract.stored_features import write_features
from contract.tables import CELL_FRACTIONS, RECORD_TABLES

CELLS_A_SLIDE = 200
DAYS = 200
BUNDLE_ID = "wbc5-1.0+0a1b2c3d4e5f"
NETWORK = "5" * 64
FEATURES = 96
POINTS = 36
VARIANTS = 64
SLIDES_AT_ONCE = 100
FIELD_S = 4.0
OPERATORS = ("ab", "cd", "ef")
TYPES = (*DIFFERENTIAL_ORDER, UNIDENTIFIED)
SHARES = (0.58, 0.28, 0.06, 0.03, 0.01, 0.04)

Row = dict[str, Any]


@dataclass(frozen=True)
class Kept:
    """Files that rows can point to; many rows share one.

    Attributes:
        picture_path, picture_sha256: of fields.
        captures: what the names of a slide's captures begin with.
    """

    picture_path: str
    picture_sha256: str
    captures: tuple[str, str, str]


@dataclass
class Batch:
    """Rows by table, numbered as they come."""

    device_id: str
    seq: int = 0
    rows: dict[str, list[Row]] = field(default_factory=lambda: {name: [] for name in RECORD_TABLES})

    def add(self, table: str, at: datetime, row: Row) -> str:
        """Number a row and give its id, which sorts by the moment it was written."""
        self.seq += 1
        moment = f"{int(at.timestamp() * 1000):012x}"
        one = f"{moment[:8]}-{moment[8:]}-7000-8000-{self.seq:012x}"  # a UUIDv7
        self.rows[table].append(row | {"id": one, "device_id": self.device_id, "seq": self.seq})
        return one


def fill_file(path: Path, slides: int, kept: Kept, *, camera: str = "simulated", until: datetime | None = None) -> None:
    """Add slides of 200 counted cells each, spread over 200 days, to a device's file that nobody has open.

    Args:
        path: made by this program or an older one: what its tables lack is left out.
        slides: how many.
        kept: what fields and captures point to.
        camera: that all slides were looked at with.
        until: end of the 200 days; None: now.
    """
    end = until or datetime.now(UTC) - timedelta(minutes=10)
    made = _Maker(np.random.default_rng(20), kept, camera)
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        (device_id,) = connection.execute("SELECT id FROM device").fetchone()
        connection.execute("BEGIN")
        batch = Batch(device_id, _find_last(connection))
        step = timedelta(days=DAYS) / slides
        for number in range(slides):
            made.add_slide(batch, end - step * (slides - number - 1) - timedelta(minutes=10), number)
            if (number + 1) % SLIDES_AT_ONCE == 0 or number + 1 == slides:
                _write(connection, batch)
        connection.execute("COMMIT")
    finally:
        connection.close()


class _Maker:
    def __init__(self, rng: np.random.Generator, kept: Kept, camera: str) -> None:
        self._rng, self._kept, self._camera = rng, kept, camera
        self._cells = {name: [self._make_cell(name) for _ in range(VARIANTS)] for name in TYPES}
        self._qualities = [self._make_quality() for _ in range(VARIANTS)]

    def add_slide(self, batch: Batch, opened: datetime, number: int) -> None:
        """Add a slide as it comes to be: fields with cells, verdicts, then reviews, captures, a signature."""
        at = _Clock(opened)
        operator = OPERATORS[number % len(OPERATORS)]
        slide_id = batch.add("slide", at.now, self._make_slide(operator, at.now, number))
        batch.add("event", at.now, self._make_event(at.now, "start", {"resumed": False}, slide_id))
        cells: list[tuple[str, str]] = []
        fields: list[str] = []
        counts = Counter[str]()
        names = [TYPES[one] for one in self._rng.choice(len(TYPES), CELLS_A_SLIDE, p=SHARES).tolist()]
        variants = self._rng.integers(VARIANTS, size=CELLS_A_SLIDE).tolist()
        while len(cells) < CELLS_A_SLIDE:
            at.pass_by(FIELD_S)
            fields.append(batch.add("field", at.now, self._make_field(slide_id, at.now, len(fields))))
            for name in names[len(cells) : len(cells) + int(self._rng.integers(1, 6))]:
                row = self._cells[name][variants[len(cells)]] | {"field_id": fields[-1]}
                cells.append((batch.add("cell", at.now, row), name))
                counts[name] += 1
        self._add_second_thoughts(batch, at, cells, operator, number)
        self._add_files(batch, at, fields, slide_id, operator, number)
        if number % 3 == 0:
            batch.add("signature", at.now, _make_signature(slide_id, at.now, operator, counts))

    def _add_second_thoughts(
        self, batch: Batch, at: "_Clock", cells: list[tuple[str, str]], operator: str, number: int
    ) -> None:
        for cell_id, name in cells[3::10]:
            said = {"cell_id": cell_id, "decided_at": write_moment(at.now), "looks": 7, "same_as": None}
            said |= {"cell_type": name, "confidence": 0.97, "candidates": json.dumps([name])}
            batch.add("verdict", at.now, said | {"probabilities": json.dumps({name: 0.97})})
        for order, (cell_id, name) in enumerate(cells[5::10]):
            at.pass_by(1.0)
            new = "lymphocyte" if order % 4 == 0 else name
            said = {"cell_id": cell_id, "operator": operator, "reviewed_at": write_moment(at.now), "comment": ""}
            batch.add("review", at.now, said | {"old_type": name, "new_type": new, "reader": None})
            if number % 10 == 0:
                second = said | {"operator": "zz", "old_type": UNIDENTIFIED, "new_type": name, "reader": 2}
                batch.add("review", at.now, second)

    def _add_files(
        self, batch: Batch, at: "_Clock", fields: list[str], slide_id: str, operator: str, number: int
    ) -> None:
        for field_id, stem in zip(fields[4:40:12], self._kept.captures, strict=True):
            at.pass_by(1.0)
            paths = {"raw_path": f"{stem}_raw.png", "annotated_path": f"{stem}_annotated.jpg"}
            hashes = dict.fromkeys(("raw_sha256", "annotated_sha256"), "a" * 64)
            said = {"field_id": field_id, "captured_at": write_moment(at.now), "operator": operator}
            capture_id = batch.add("capture", at.now, said | paths | hashes)
        if number % 7 == 2:
            detail = {"capture_id": capture_id, "operator": operator}
            batch.add("event", at.now, self._make_event(at.now, "capture_deleted", detail, slide_id))
        for every, level, kind in ((1, "info", "sign_in"), (9, "warning", "camera_stalled"), (97, "error", "disk")):
            if number % every == 0:
                batch.add("event", at.now, self._make_event(at.now, kind, {"who": operator}, None, level))
        if number % 250 == 1:
            batch.add("event", at.now, self._make_event(at.now, "optics_white", {}, None))

    def _make_slide(self, operator: str, at: datetime, number: int) -> Row:
        named = {"accession": f"H{number:05d}-{at:%y%m%d}", "operator": operator, "bundle_id": BUNDLE_ID}
        return named | {"target": 200, "camera": self._camera, "simulated": 1, "opened_at": write_moment(at)}

    def _make_event(self, at: datetime, kind: str, detail: Row, slide_id: str | None, level: str = "info") -> Row:
        said = {"at": write_moment(at), "level": level, "kind": kind, "detail": json.dumps(detail)}
        return said | {"slide_id": slide_id}

    def _make_field(self, slide_id: str, at: datetime, number: int) -> Row:
        return {
            "slide_id": slide_id,
            "frame_seq": 60 + 37 * number,
            "frame_sha256": self._rng.bytes(32).hex(),
            "captured_at": write_moment(at),
            "height": 240,
            "width": 600,
            "um_per_px": 0.15,
            "bundle_id": BUNDLE_ID,
            "rejected": "out of focus" if number % 25 == 24 else None,
            "quality": self._qualities[int(self._rng.integers(VARIANTS))],
            "infer_ms": 31.4,
            "stage_x_um": 90.0 * (number % 12),
            "stage_y_um": 60.0 * (number // 12),
            "stage_region": 1,
            "simulated": 1,
            "optics": "0a1b2c3d",
            "picture_path": self._kept.picture_path,
            "picture_sha256": self._kept.picture_sha256,
        }

    def _make_quality(self) -> str:
        levels = {"mean_luminance": 181.5, "saturated_fraction": 0.011, "contrast": 20.25, "focus": 41.5}
        levels |= {"cover": 0.31, "stain": 0.12}
        noisy = {name: level * float(self._rng.normal(1, 0.03)) for name, level in levels.items()}
        background = [float(self._rng.normal(level, 2)) for level in (231.0, 226.0, 229.0)]
        return json.dumps(noisy | {"background": background, "reason": None}, separators=(",", ":"))

    def _make_cell(self, name: str) -> Row:
        x, y = int(self._rng.integers(40, 500)), int(self._rng.integers(40, 190))
        turns = np.linspace(0, 2 * np.pi, POINTS, endpoint=False)
        sure = float(self._rng.uniform(0.6, 0.999))
        called = "neutrophil" if name == UNIDENTIFIED else name
        shares = {one: sure if one == called else (1 - sure) / 4 for one in DIFFERENTIAL_ORDER}
        contour = [[int(x + 30 * np.cos(turn)), int(y + 30 * np.sin(turn))] for turn in turns]
        readings = {group: {"value": "round", "probability": 0.91} for group in ("nucleus", "granules", "cytoplasm")}
        texts = {"contour": contour, "probabilities": shares, "candidates": [called], "attributes": readings}
        return {
            **{key: json.dumps(value, separators=(",", ":")) for key, value in texts.items()},
            **dict(zip(("x0", "y0", "x1", "y1"), (x - 30, y - 30, x + 31, y + 31), strict=True)),
            "cell_type": name,
            "confidence": sure,
            "nucleus_fraction": 0.41,
            "area_um2": 63.6,
            "touches_border": 0,
            "counted": 1,
            "diameter_um": 9.1,
            **dict.fromkeys(CELL_FRACTIONS, 0.9),
            "nucleus_lobes": 2,
            "features": write_features(tuple(self._rng.normal(size=FEATURES)), NETWORK),
        }


@dataclass
class _Clock:
    now: datetime

    def pass_by(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def _make_signature(slide_id: str, at: datetime, operator: str, counts: Counter[str]) -> Row:
    signed = {"counts": counts, "total": counts.total(), "unidentified": counts[UNIDENTIFIED], "target": 200}
    signed |= {"reference": {"source": "none", "percent": {}}}
    said = {"slide_id": slide_id, "signed_at": write_moment(at), "operator": operator, "role": "signer"}
    return said | {"override_reason": "rare", "differential": json.dumps(signed), "statement": "I looked."}


def _find_last(connection: sqlite3.Connection) -> int:
    queries = (f"SELECT max(seq) FROM {name}" for name, _ in _list_tables(connection))
    return max((connection.execute(query).fetchone()[0] or 0 for query in queries), default=0)


def _list_tables(connection: sqlite3.Connection) -> Iterator[tuple[str, list[str]]]:
    for name in RECORD_TABLES:
        columns = [row[1] for row in connection.execute(f"PRAGMA table_info({name})")]
        if columns:
            yield name, columns


def _write(connection: sqlite3.Connection, batch: Batch) -> None:
    for name, columns in _list_tables(connection):
        if rows := batch.rows[name]:
            known = [column for column in columns if column in rows[0]]
            values = ", ".join(f":{column}" for column in known)
            connection.executemany(f"INSERT INTO {name} ({', '.join(known)}) VALUES ({values})", rows)
    for rows in batch.rows.values():
        rows.clear()
