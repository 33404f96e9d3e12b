"""Where a field's picture is kept, for those who look at its cells again. Fields from before have none."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    with op.batch_alter_table("field", recreate="always" if on_sqlite else "never") as field:
        field.add_column(sa.Column("picture_path", sa.Text))
        field.add_column(sa.Column("picture_sha256", sa.Text))
        field.create_check_constraint(op.f("ck_field_picture_path_told"), "picture_path <> ''")
        field.create_check_constraint(
            op.f("ck_field_picture_whole"), "(picture_path IS NULL) = (picture_sha256 IS NULL)"
        )
