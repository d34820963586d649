"""Moved to app.migrations.ddl. Released migrations import the old name, and a released migration never changes."""

from app.migrations.ddl import *  # noqa: F403 - all public names: a migration may use any of them
