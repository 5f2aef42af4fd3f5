"""Alembic's entry: runs the migrations on the connection that db.schema.upgrade opened."""

from alembic import context
from sqlmodel import SQLModel

import db.installations
import db.tables  # noqa: F401  registers the tables

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,  # SQLite can't alter most things in place
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
