"""scripts/check_components.sql: every component of the models is OK after a migration, and a lost one is MISSING."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, UniqueConstraint, text
from sqlalchemy.dialects import postgresql

from app.migrations.drift import EMBEDDING_INDEXES
from app.migrations.run import run_migrations
from app.models import Base
from app.resources import resource

Answers = dict[tuple[str, str], str]  # (kind, component) -> status


def answers(engine: Engine) -> Answers:
    """The answers of the query, in its order."""
    with engine.connect() as connection:
        rows = connection.execute(text(resource("scripts/check_components.sql").read_text())).all()
    return {(kind, component): status for kind, component, status in rows}


def missing(engine: Engine) -> set[str]:
    """The components that the query calls MISSING; all others are OK."""
    found = answers(engine)
    assert set(found.values()) <= {"OK", "MISSING"}
    return {component for (_, component), status in found.items() if status == "MISSING"}


def of_the_models() -> set[tuple[str, str]]:
    """Every table, index and unique constraint of the models, as the query names them."""
    tables = Base.metadata.tables.values()
    names = {str(index.name) for table in tables for index in table.indexes}
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    for table in tables:
        unique = [one for one in table.constraints if isinstance(one, UniqueConstraint)]
        names |= {str(dialect.identifier_preparer.format_constraint(one)) for one in unique}
    return {("table", table.name) for table in tables} | {("index", name) for name in names}


def test_a_fresh_database_has_every_component(empty_database: str, engine: Engine) -> None:
    run_migrations(empty_database)
    found = answers(engine)
    assert set(found.values()) == {"OK"}
    embeddings = {(kind, name) for kind, name in found if name.startswith(EMBEDDING_INDEXES)}
    assert {key for key in found if key[0] != "column"} - embeddings == of_the_models()


def test_a_database_without_tables_misses_all(engine: Engine) -> None:
    assert set(answers(engine).values()) == {"MISSING"}


@pytest.mark.parametrize(
    ("damage", "lost"),
    [
        ("DROP INDEX idx_posts_with_grouped_id", {"idx_posts_with_grouped_id"}),
        ("ALTER TABLE media_groups DROP COLUMN items_count", {"media_groups.items_count"}),
        # An index goes with its column, and both go with their table.
        ("ALTER TABLE posts DROP COLUMN grouped_id", {"posts.grouped_id", "idx_posts_with_grouped_id"}),
        (
            "DROP TABLE media_group_items",
            {"media_group_items", "media_group_items.position", "ux_media_group_items_post_id"},
        ),
        ("DROP TABLE search_embeddings", {"search_embeddings", "idx_search_embeddings_usem3"}),
        # No query uses an INVALID index.
        (
            "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'idx_posts_with_grouped_id'::regclass",
            {"idx_posts_with_grouped_id"},
        ),
    ],
)
def test_exactly_the_lost_components_are_missing(
    damage: str, lost: set[str], empty_database: str, engine: Engine
) -> None:
    run_migrations(empty_database)
    with engine.connect() as connection:
        connection.execute(text(damage))
    assert missing(engine) == lost
    first = list(answers(engine).values())[: len(lost)]
    assert set(first) == {"MISSING"}, "told before all that is well"
