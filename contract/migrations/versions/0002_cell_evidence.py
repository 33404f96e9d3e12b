"""What speaks for a cell's name: its form, measured, and its attributes, as the bundle reads them.

Rows from before have none of it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

FRACTIONS = ("circularity", "solidity", "eccentricity", "nucleus_solidity")


def upgrade() -> None:
    # SQLite adds no checks to a table as it stands: it is copied, PostgreSQL's is altered in place
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    with op.batch_alter_table("cell", recreate="always" if on_sqlite else "never") as cell:
        cell.add_column(sa.Column("diameter_um", sa.Double))
        for name in FRACTIONS:
            cell.add_column(sa.Column(name, sa.Double))
        cell.add_column(sa.Column("nucleus_lobes", sa.Integer))
        cell.add_column(sa.Column("attributes", sa.JSON))
        cell.create_check_constraint(op.f("ck_cell_diameter_positive"), "diameter_um > 0")
        for name in FRACTIONS:
            cell.create_check_constraint(op.f(f"ck_cell_{name}_fraction"), f"{name} BETWEEN 0 AND 1")
        cell.create_check_constraint(op.f("ck_cell_nucleus_lobes_counted"), "nucleus_lobes >= 0")
