"""Run by Alembic, on the connection and in the transaction of :func:`central.storage.migrate.migrate`."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
context.run_migrations()
