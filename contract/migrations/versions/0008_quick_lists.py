"""Indexes by which lists of events, captures and slides stay quick, however many there are."""

from alembic import op

revision = "0008"
down_revision = "0007"

INDEXES = (
    ("event", ("kind", "slide_id")),
    ("event", ("level", "seq")),
    ("capture", ("captured_at", "seq")),
    ("slide", ("opened_at", "seq")),
    ("slide", ("camera", "id")),
)


def upgrade() -> None:
    for table, columns in INDEXES:
        op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, list(columns))
