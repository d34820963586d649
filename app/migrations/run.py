"""Runs migrations from code, for `up`, `run`, `demo`, the tests and `media-audit db upgrade`."""

from __future__ import annotations

from collections.abc import Sequence

from alembic import command
from alembic.config import Config
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, NullPool, create_engine

from app.migrations.ddl import Patience, migrator_lock
from app.models.search import has_embeddings
from app.models.search_words import has_trigrams
from app.resources import resource
from app.settings import sqlalchemy_url

# Revisions that did nothing on a server without the extension `vector`.
EMBEDDINGS = ("20261123_search_embeddings", "20261123_usem3_index")
TRIGRAMS = ("20261129_search_words", "20261129_search_codes")  # the same without the extension pg_trgm


def alembic_config(url: str | None = None, patience: float = 600.0) -> Config:
    """Alembic's configuration for the database at `url` (None: that of the settings), usable from any directory.

    patience: total seconds that the migrator may wait for locks.
    """
    config = Config(attributes={"url": url, "patience": Patience(patience)})
    config.set_main_option("script_location", str(resource("alembic")).replace("%", "%%"))
    return config


def run_migrations(url: str, patience: float = 600.0) -> None:
    """Upgrades the database at `url` (postgresql:// or postgresql+psycopg://) to the newest schema; safe to repeat.

    Waits at most `patience` seconds for another migrator and for locks, then raises a UserError with the remedy.
    """
    config = alembic_config(url, patience)
    command.upgrade(config, "head")
    engine = create_engine(sqlalchemy_url(url), poolclass=NullPool)
    with engine.connect() as connection:
        missing: tuple[str, ...] = () if has_embeddings(connection) else EMBEDDINGS
        missing += () if has_trigrams(connection) else TRIGRAMS
    if missing:
        repeat(engine, config, missing)


def repeat(engine: Engine, config: Config, revisions: Sequence[str]) -> None:
    """Runs these migrations again, for a server that got an extension after they ran."""
    scripts = ScriptDirectory.from_config(config)
    with migrator_lock(engine, config.attributes["patience"]), engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"transaction_per_migration": True})
        for revision in revisions:
            migration = scripts.get_revision(revision)
            assert migration is not None, f"{revision} was renamed"
            with Operations.context(context), context.begin_transaction(_per_migration=True):
                migration.module.upgrade()


def schema_state(engine: Engine) -> tuple[str | None, str]:
    """(current, head): the revision of the database (None if it was never migrated) and the newest revision."""
    with engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    head = ScriptDirectory.from_config(alembic_config()).get_current_head()
    assert head is not None, "alembic/versions holds at least one migration"
    return current, head
