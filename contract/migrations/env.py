"""Tells alembic which connection and which tables; `contract.schema.migrate` hands in the connection."""

from alembic import context

from contract.schema import VERSION_TABLE
from contract.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    render_as_batch=True,  # SQLite alters a table by copying it
)
with context.begin_transaction():
    context.run_migrations()
