"""The first tables: device, slide, field, cell, review, capture, event.

A migration is never edited once released: it repeats what `contract.tables` said on its day.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "device",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("created_at", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device")),
        _check("device", "id_told", "id <> ''"),
        _check("device", "name_told", "name <> ''"),
    )
    _create_slide()
    _create_field()
    _create_cell()
    _create_review()
    _create_capture()
    _create_event()


def _create_slide() -> None:
    _create_records(
        "slide",
        sa.Column("accession", sa.Text, nullable=False),
        sa.Column("operator", sa.Text, nullable=False),
        sa.Column("bundle_id", sa.Text, nullable=False),
        sa.Column("target", sa.Integer, nullable=False),
        sa.Column("camera", sa.Text, nullable=False),
        _flag("slide", "simulated"),
        sa.Column("opened_at", sa.Text, nullable=False),
        _check("slide", "accession_told", "accession <> ''"),
        _check("slide", "bundle_id_told", "bundle_id <> ''"),
        _check("slide", "camera_told", "camera <> ''"),
        _check("slide", "target_positive", "target > 0"),
    )


def _create_field() -> None:
    _create_records(
        "field",
        sa.Column("slide_id", sa.Text, nullable=False),
        sa.Column("frame_seq", sa.BigInteger, nullable=False),
        sa.Column("frame_sha256", sa.Text, nullable=False),
        sa.Column("captured_at", sa.Text, nullable=False),
        sa.Column("height", sa.Integer, nullable=False),
        sa.Column("width", sa.Integer, nullable=False),
        sa.Column("um_per_px", sa.Double, nullable=False),
        sa.Column("bundle_id", sa.Text, nullable=False),
        sa.Column("rejected", sa.Text),
        sa.Column("field_class", sa.Text),
        sa.Column("field_confidence", sa.Double),
        sa.Column("field_probabilities", sa.JSON),
        sa.Column("quality", sa.JSON, nullable=False),
        sa.Column("infer_ms", sa.Double, nullable=False),
        sa.Column("stage_x_um", sa.Double),
        sa.Column("stage_y_um", sa.Double),
        sa.Column("stage_region", sa.Integer),
        _flag("field", "simulated"),
        _check("field", "frame_seq_counts", "frame_seq >= 0"),
        _check("field", "frame_sha256_whole", "length(frame_sha256) = 64"),
        _check("field", "size_positive", "height > 0 AND width > 0"),
        _check("field", "scale_positive", "um_per_px > 0"),
        _check("field", "bundle_id_told", "bundle_id <> ''"),
        _check("field", "rejected_told", "rejected <> ''"),
        _check("field", "field_confidence_fraction", "field_confidence BETWEEN 0 AND 1"),
        _check("field", "field_class_whole", "(field_class IS NULL) = (field_confidence IS NULL)"),
        _check(
            "field",
            "stage_whole",
            "(stage_x_um IS NULL) = (stage_y_um IS NULL) AND (stage_x_um IS NULL) = (stage_region IS NULL)",
        ),
        _check("field", "infer_ms_positive", "infer_ms >= 0"),
        parent="slide",
    )


def _create_cell() -> None:
    _create_records(
        "cell",
        sa.Column("field_id", sa.Text, nullable=False),
        sa.Column("x0", sa.Integer, nullable=False),
        sa.Column("y0", sa.Integer, nullable=False),
        sa.Column("x1", sa.Integer, nullable=False),
        sa.Column("y1", sa.Integer, nullable=False),
        sa.Column("contour", sa.JSON, nullable=False),
        sa.Column("cell_type", sa.Text, nullable=False),
        sa.Column("confidence", sa.Double, nullable=False),
        sa.Column("probabilities", sa.JSON, nullable=False),
        sa.Column("candidates", sa.JSON, nullable=False),
        sa.Column("nucleus_fraction", sa.Double, nullable=False),
        sa.Column("area_um2", sa.Double, nullable=False),
        _flag("cell", "touches_border"),
        _flag("cell", "counted"),
        _check("cell", "box_open", "0 <= x0 AND x0 < x1 AND 0 <= y0 AND y0 < y1"),
        _check("cell", "cell_type_told", "cell_type <> ''"),
        _check("cell", "confidence_fraction", "confidence BETWEEN 0 AND 1"),
        _check("cell", "nucleus_fraction_fraction", "nucleus_fraction BETWEEN 0 AND 1"),
        _check("cell", "area_positive", "area_um2 > 0"),
        parent="field",
    )


def _create_review() -> None:
    _create_records(
        "review",
        sa.Column("cell_id", sa.Text, nullable=False),
        sa.Column("operator", sa.Text, nullable=False),
        sa.Column("reviewed_at", sa.Text, nullable=False),
        sa.Column("old_type", sa.Text, nullable=False),
        sa.Column("new_type", sa.Text, nullable=False),
        sa.Column("comment", sa.Text, nullable=False),
        _check("review", "operator_told", "operator <> ''"),
        _check("review", "old_type_told", "old_type <> ''"),
        _check("review", "new_type_told", "new_type <> ''"),
        parent="cell",
    )


def _create_capture() -> None:
    _create_records(
        "capture",
        sa.Column("field_id", sa.Text, nullable=False),
        sa.Column("captured_at", sa.Text, nullable=False),
        sa.Column("operator", sa.Text, nullable=False),
        sa.Column("raw_path", sa.Text, nullable=False),
        sa.Column("annotated_path", sa.Text, nullable=False),
        sa.Column("raw_sha256", sa.Text, nullable=False),
        sa.Column("annotated_sha256", sa.Text, nullable=False),
        _check("capture", "raw_path_told", "raw_path <> ''"),
        _check("capture", "annotated_path_told", "annotated_path <> ''"),
        _check("capture", "paths_differ", "raw_path <> annotated_path"),
        _check("capture", "hashes_whole", "length(raw_sha256) = 64 AND length(annotated_sha256) = 64"),
        parent="field",
    )


def _create_event() -> None:
    _create_records(
        "event",
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("level", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("detail", sa.JSON, nullable=False),
        sa.Column("slide_id", sa.Text),
        _check("event", "level_known", "level IN ('info', 'warning', 'error')"),
        _check("event", "kind_told", "kind <> ''"),
        parent="slide",
    )


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def _flag(table: str, name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(create_constraint=True, name=op.f(f"ck_{table}_{name}_flag")), nullable=False)


def _create_records(name: str, *parts: sa.Column[Any] | sa.CheckConstraint, parent: str = "") -> None:
    keys = [sa.ForeignKeyConstraint(["device_id"], ["device.id"], name=op.f(f"fk_{name}_device_id"))]
    if parent:
        key = f"{parent}_id"
        keys.append(sa.ForeignKeyConstraint([key], [f"{parent}.id"], name=op.f(f"fk_{name}_{key}")))
    op.create_table(
        name,
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("device_id", sa.Text, nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        *parts,
        _check(name, "id_told", "id <> ''"),
        _check(name, "seq_from_one", "seq >= 1"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        sa.UniqueConstraint("device_id", "seq", name=op.f(f"uq_{name}_device_id_seq")),
        *keys,
    )
    if parent:
        op.create_index(op.f(f"ix_{name}_{parent}_id"), name, [f"{parent}_id"])
