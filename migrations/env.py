"""Alembic's entry. It works on the connection that `miner.store.migrate` hands it, within that one's transaction."""

from alembic import context

from miner.store.models import Base

context.configure(connection=context.config.attributes["connection"], target_metadata=Base.metadata)
context.run_migrations()
