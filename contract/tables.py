"""The tables of a record: the same on the device (SQLite) and in the lab's database (SQLite or PostgreSQL).

Every table of `RECORD_TABLES` is append-only: a change of mind is a new row. Each row has an `id` that is unique across
devices and a `seq` that is gapless per device over all these tables together. A row's parents have a smaller `seq`, so
a receiver that applies rows in order never breaks a foreign key.
"""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, MetaData, Table, Text

from contract.columns import (
    add_since,
    make_check,
    make_flag,
    make_json,
    make_moment,
    make_number,
    make_parent,
    make_text,
    make_whole,
    require_text,
    start_record,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

EVENT_LEVELS = ("info", "warning", "error")
"""What an event's level can be, mildest first."""

SIGNATURE_ROLES = ("signer", "second reader")
"""What a person who signs answers for: the slide's differential, or a second reading of the same cells."""

CELL_FRACTIONS = ("circularity", "solidity", "eccentricity", "nucleus_solidity")
"""What is measured of a cell's form between 0 and 1; see `contract.morphology.Shape`."""


device = Table(
    "device",
    metadata,
    Column("id", Text, primary_key=True),
    make_text("name"),
    make_moment("created_at"),
    require_text("id"),
    require_text("name"),
)
"""Who wrote the records: one row in a device's own file, a row for each device in the lab. Carries no `seq`."""

slide = Table(
    "slide",
    metadata,
    *start_record(),
    make_text("accession"),  # a code, never a patient's name
    make_text("operator"),
    make_text("bundle_id"),
    make_whole("target"),
    make_text("camera"),
    make_flag("simulated"),
    make_moment("opened_at"),
    require_text("accession"),
    require_text("bundle_id"),
    require_text("camera"),
    make_check("target_positive", "target > 0"),
    Index(None, "opened_at", "seq"),
    Index(None, "camera", "id"),
)

field = Table(
    "field",
    metadata,
    *start_record(),
    make_parent("slide"),
    Column("frame_seq", BigInteger, nullable=False),
    make_text("frame_sha256"),
    make_moment("captured_at"),
    *(make_whole(name) for name in ("height", "width")),
    make_number("um_per_px"),
    make_text("bundle_id"),
    make_text("rejected", nullable=True),
    make_text("field_class", nullable=True),
    make_number("field_confidence", nullable=True),
    make_json("field_probabilities", nullable=True),
    make_json("quality"),
    make_number("infer_ms"),
    *(make_number(name, nullable=True) for name in ("stage_x_um", "stage_y_um")),
    Column("stage_region", Integer),  # positions can be compared within one region of one run of the program
    make_flag("simulated"),
    add_since("0005", make_text("optics", nullable=True)),  # which correction made what was read; device.optics
    add_since("0006", make_text("picture_path", nullable=True)),  # relative to the database's folder; device.pictures
    add_since("0006", make_text("picture_sha256", nullable=True)),
    make_check("frame_seq_counts", "frame_seq >= 0"),
    make_check("frame_sha256_whole", "length(frame_sha256) = 64"),
    make_check("size_positive", "height > 0 AND width > 0"),
    make_check("scale_positive", "um_per_px > 0"),
    require_text("bundle_id"),
    require_text("rejected"),
    make_check("field_confidence_fraction", "field_confidence BETWEEN 0 AND 1"),
    make_check("field_class_whole", "(field_class IS NULL) = (field_confidence IS NULL)"),
    make_check(
        "stage_whole",
        "(stage_x_um IS NULL) = (stage_y_um IS NULL) AND (stage_x_um IS NULL) = (stage_region IS NULL)",
    ),
    make_check("infer_ms_positive", "infer_ms >= 0"),
    require_text("optics"),
    require_text("picture_path"),
    make_check("picture_whole", "(picture_path IS NULL) = (picture_sha256 IS NULL)"),
)

cell = Table(
    "cell",
    metadata,
    *start_record(),
    make_parent("field"),
    *(make_whole(name) for name in ("x0", "y0", "x1", "y1")),
    make_json("contour"),
    make_text("cell_type"),
    make_number("confidence"),
    make_json("probabilities"),
    make_json("candidates"),
    make_number("nucleus_fraction"),
    make_number("area_um2"),
    make_flag("touches_border"),
    make_flag("counted"),
    *(add_since("0002", make_number(name, nullable=True)) for name in ("diameter_um", *CELL_FRACTIONS)),
    add_since("0002", Column("nucleus_lobes", Integer)),
    add_since("0002", make_json("attributes", nullable=True)),
    add_since("0003", make_text("features", nullable=True)),  # contract.stored_features
    make_check("box_open", "0 <= x0 AND x0 < x1 AND 0 <= y0 AND y0 < y1"),
    require_text("cell_type"),
    make_check("confidence_fraction", "confidence BETWEEN 0 AND 1"),
    make_check("nucleus_fraction_fraction", "nucleus_fraction BETWEEN 0 AND 1"),
    make_check("area_positive", "area_um2 > 0"),
    make_check("diameter_positive", "diameter_um > 0"),
    *(make_check(f"{name}_fraction", f"{name} BETWEEN 0 AND 1") for name in CELL_FRACTIONS),
    make_check("nucleus_lobes_counted", "nucleus_lobes >= 0"),
    require_text("features"),
)

verdict = Table(
    "verdict",
    metadata,
    *start_record(),
    make_parent("cell"),
    make_moment("decided_at"),
    make_text("cell_type"),
    make_number("confidence"),
    make_json("probabilities"),
    make_json("candidates"),
    make_whole("looks"),  # how often the cell was seen until then
    Column("same_as", Text, ForeignKey("cell.id")),  # turned out to be this cell, which is counted already
    require_text("cell_type"),
    make_check("confidence_fraction", "confidence BETWEEN 0 AND 1"),
    make_check("looks_counted", "looks >= 1"),
    make_check("same_as_other", "same_as <> cell_id"),
)
"""What the bundle's looks at a cell say together, each time more looks said something else; the newest is right."""

review = Table(
    "review",
    metadata,
    *start_record(),
    make_parent("cell"),
    make_text("operator"),
    make_moment("reviewed_at"),
    make_text("old_type"),
    make_text("new_type"),
    make_text("comment"),
    add_since("0007", Column("reader", Integer)),  # 2: who read the slide a second time, blind, and changes no count
    require_text("operator"),
    require_text("old_type"),
    require_text("new_type"),
    make_check("reader_second", "reader >= 2"),
)

capture = Table(
    "capture",
    metadata,
    *start_record(),
    make_parent("field"),
    make_moment("captured_at"),
    make_text("operator"),
    *(make_text(name) for name in ("raw_path", "annotated_path")),  # relative to the database's folder, forward slashes
    *(make_text(name) for name in ("raw_sha256", "annotated_sha256")),
    *(require_text(name) for name in ("raw_path", "annotated_path")),
    make_check("paths_differ", "raw_path <> annotated_path"),
    make_check("hashes_whole", "length(raw_sha256) = 64 AND length(annotated_sha256) = 64"),
    Index(None, "captured_at", "seq"),
)

event = Table(
    "event",
    metadata,
    *start_record(),
    make_moment("at"),
    make_text("level"),
    make_text("kind"),
    make_json("detail"),
    make_parent("slide", nullable=True),
    make_check("level_known", f"level IN {EVENT_LEVELS}"),
    require_text("kind"),
    Index(None, "kind", "slide_id"),
    Index(None, "level", "seq"),
)

signature = Table(
    "signature",
    metadata,
    *start_record(),
    make_parent("slide"),
    make_moment("signed_at"),
    make_text("operator"),
    make_text("role"),
    make_text("override_reason", nullable=True),  # why it is signed though cells are unidentified or unread
    make_json("differential"),
    make_text("statement"),  # the words that were signed
    make_check("role_known", f"role IN {SIGNATURE_ROLES}"),
    require_text("operator"),
    require_text("override_reason"),
    require_text("statement"),
)
"""A person answers for a differential; it holds for the slide's records of a smaller `seq`, later ones amend it."""

RECORD_TABLES: dict[str, Table] = {
    table.name: table for table in (slide, field, cell, verdict, review, capture, event, signature)
}
"""The tables that travel, parents before children."""

CURSOR_TABLE = "sync_cursor"
"""What only a lab's database has: how far each device's records have come (`workstation.lab`)."""
