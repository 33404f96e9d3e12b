"""Which correction of lamp, lens and sensor a field was read with.

Rows from before were read as the camera gave them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    with op.batch_alter_table("field", recreate="always" if on_sqlite else "never") as field:
        field.add_column(sa.Column("optics", sa.Text))
        field.create_check_constraint(op.f("ck_field_optics_told"), "optics <> ''")
