"""What all looks at a cell say together, where that changed after the cell was counted; cells found to be the same."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "verdict",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("device_id", sa.Text, nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("cell_id", sa.Text, nullable=False),
        sa.Column("decided_at", sa.Text, nullable=False),
        sa.Column("cell_type", sa.Text, nullable=False),
        sa.Column("confidence", sa.Double, nullable=False),
        sa.Column("probabilities", sa.JSON, nullable=False),
        sa.Column("candidates", sa.JSON, nullable=False),
        sa.Column("looks", sa.Integer, nullable=False),
        sa.Column("same_as", sa.Text),
        _check("id_told", "id <> ''"),
        _check("seq_from_one", "seq >= 1"),
        _check("cell_type_told", "cell_type <> ''"),
        _check("confidence_fraction", "confidence BETWEEN 0 AND 1"),
        _check("looks_counted", "looks >= 1"),
        _check("same_as_other", "same_as <> cell_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verdict")),
        sa.UniqueConstraint("device_id", "seq", name=op.f("uq_verdict_device_id_seq")),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name=op.f("fk_verdict_device_id")),
        sa.ForeignKeyConstraint(["cell_id"], ["cell.id"], name=op.f("fk_verdict_cell_id")),
        sa.ForeignKeyConstraint(["same_as"], ["cell.id"], name=op.f("fk_verdict_same_as")),
    )
    op.create_index(op.f("ix_verdict_cell_id"), "verdict", ["cell_id"])


def _check(name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_verdict_{name}"))
