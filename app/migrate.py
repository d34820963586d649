"""Migrations from code: `up`, `run`, `demo`, the tests and `media-audit db upgrade`."""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from app.ddl import Patience
from app.resources import resource


def alembic_config(url: str | None = None, patience: float = 600.0) -> Config:
    """Alembic's configuration for the database at `url` (the settings' one when None), from any directory.

    patience: seconds that the migrator may wait for others in all.
    """
    config = Config(attributes={"url": url, "patience": Patience(patience)})
    config.set_main_option("script_location", str(resource("alembic")).replace("%", "%%"))
    return config


def run_migrations(url: str, patience: float = 600.0) -> None:
    """Brings the database at `url` (postgresql:// or postgresql+psycopg://) to the newest schema; safe to repeat.

    Waits at most `patience` seconds for another migrator and for locks, then raises a UserError that says what to do.
    """
    command.upgrade(alembic_config(url, patience), "head")


def schema_state(engine: Engine) -> tuple[str | None, str]:
    """(current, head): the revision of the database, None when it was never migrated, and the newest one."""
    with engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    head = ScriptDirectory.from_config(alembic_config()).get_current_head()
    assert head is not None, "alembic/versions holds at least one migration"
    return current, head
