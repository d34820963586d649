"""How migrations run: one migrator at a time, each migration in its own transaction, locks asked for in short tries."""

from __future__ import annotations

import itertools

from alembic import context
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, create_engine, pool
from sqlalchemy.exc import DBAPIError

from app.errors import UserError
from app.migrations.ddl import (
    LOCK_TIMEOUT,
    Patience,
    backoff,
    lock_not_available,
    migrator_lock,
    milliseconds,
    set_timeouts,
)
from app.migrations.drift import include_object
from app.models import Base
from app.settings import get_settings, sqlalchemy_url

OPTIONS = {
    "target_metadata": Base.metadata,
    "transaction_per_migration": True,
    "compare_server_default": True,
}


def database() -> str:
    """The address that app.migrations.run passed, else the one of the settings."""
    url = context.config.attributes.get("url")
    return sqlalchemy_url(url) if url else get_settings().database()


def offline() -> None:
    """Writes the statements as SQL for people who apply migrations by hand."""
    context.configure(dialect_name="postgresql", literal_binds=True, **OPTIONS)
    context.execute(f"SET lock_timeout = '{milliseconds(LOCK_TIMEOUT)}'")
    with context.begin_transaction():
        context.run_migrations()


def attempt(connection: Connection) -> None:
    """Applies what is missing; what an earlier attempt committed stays."""
    set_timeouts(connection, LOCK_TIMEOUT)
    include = include_object(connection)
    connection.commit()  # Alembic leaves a transaction that it finds open to its owner, and then cannot leave it either
    context.configure(connection=connection, include_object=include, **OPTIONS)
    with context.begin_transaction():
        context.run_migrations()


def online(engine: Engine) -> None:
    """Repeats the attempt for as long as the patience lasts, whenever a lock could not be had in time."""
    patience: Patience = context.config.attributes.get("patience") or Patience()
    with migrator_lock(engine, patience):
        for tries in itertools.count():
            try:
                with engine.connect() as connection:
                    attempt(connection)
                break
            except DBAPIError as error:
                if not lock_not_available(error):
                    raise
            patience.pause(backoff(tries), "a lock that another session holds")


def main() -> None:
    """Runs what was asked for; the `alembic` command shows a person's mistake as one line."""
    try:
        if context.is_offline_mode():
            offline()
        else:
            name = {"application_name": "media-audit migrator"}
            online(create_engine(database(), poolclass=pool.NullPool, connect_args=name))
    except UserError as error:
        if context.config.cmd_opts is None:
            raise
        raise CommandError(str(error)) from None


main()
