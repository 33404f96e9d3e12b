"""What a network saw in a cell, so that an on-site head can be fitted on cells that people named.

Rows from before have none; their cells count only where the field was captured.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    with op.batch_alter_table("cell", recreate="always" if on_sqlite else "never") as cell:
        cell.add_column(sa.Column("features", sa.Text))
        cell.create_check_constraint(op.f("ck_cell_features_told"), "features <> ''")
