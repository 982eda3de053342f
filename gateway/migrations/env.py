"""Runs revisions on the connection that ``gateway.adapters.db.schema`` hands over; that module owns the transaction."""

from alembic import context

from gateway.adapters.db.access.access_tables import person

context.configure(
    connection=context.config.attributes["connection"],
    # Any table knows the metadata of all.
    target_metadata=person.metadata,
    transactional_ddl=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
