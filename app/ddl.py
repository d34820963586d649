"""Moved to app.migrations.ddl. Released migrations import this name, and a released migration never changes."""

from app.migrations.ddl import *  # noqa: F403 - every public name of the module, whatever a migration uses
