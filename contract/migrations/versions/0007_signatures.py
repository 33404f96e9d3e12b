"""Who signed which differential; second readings, which are compared and change no count."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    with op.batch_alter_table("review", recreate="always" if on_sqlite else "never") as review:
        review.add_column(sa.Column("reader", sa.Integer))
        review.create_check_constraint(op.f("ck_review_reader_second"), "reader >= 2")
    op.create_table(
        "signature",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("device_id", sa.Text, nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("slide_id", sa.Text, nullable=False),
        sa.Column("signed_at", sa.Text, nullable=False),
        sa.Column("operator", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("override_reason", sa.Text),
        sa.Column("differential", sa.JSON, nullable=False),
        sa.Column("statement", sa.Text, nullable=False),
        _check("id_told", "id <> ''"),
        _check("seq_from_one", "seq >= 1"),
        _check("role_known", "role IN ('signer', 'second reader')"),
        _check("operator_told", "operator <> ''"),
        _check("override_reason_told", "override_reason <> ''"),
        _check("statement_told", "statement <> ''"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signature")),
        sa.UniqueConstraint("device_id", "seq", name=op.f("uq_signature_device_id_seq")),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name=op.f("fk_signature_device_id")),
        sa.ForeignKeyConstraint(["slide_id"], ["slide.id"], name=op.f("fk_signature_slide_id")),
    )
    op.create_index(op.f("ix_signature_slide_id"), "signature", ["slide_id"])


def _check(name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_signature_{name}"))
