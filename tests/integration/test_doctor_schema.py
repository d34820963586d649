"""A real database is damaged, and the doctor names each part that is missing with what helps."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import text

from app.db import engine
from app.doctor.check import CheckResult
from app.doctor.checks import examine
from app.settings import Settings

Wrong = Callable[..., list[CheckResult]]

DAMAGES = [
    (
        "ALTER TABLE posts DROP COLUMN history",
        "column posts.history is missing",
        "ALTER TABLE posts ADD COLUMN history JSONB",
    ),
    ("DROP INDEX idx_work_turn", "index idx_work_turn of work is missing", "CREATE INDEX CONCURRENTLY idx_work_turn"),
    (
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'idx_work_waiting'::regclass",
        "index idx_work_waiting is INVALID",
        "REINDEX INDEX CONCURRENTLY idx_work_waiting",
    ),
    (
        "CREATE INDEX idx_work_leased_ccnew ON work (id);"
        " UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'idx_work_leased_ccnew'::regclass",
        "idx_work_leased_ccnew is INVALID, what is left of a REINDEX",
        "DROP INDEX CONCURRENTLY idx_work_leased_ccnew",
    ),
    ("DROP TABLE raw_answers CASCADE", "table raw_answers is missing", "restore it from a backup"),
    (
        "ALTER TABLE work DROP CONSTRAINT ck_work_state",
        "constraint ck_work_state of work is missing",
        "ALTER TABLE work ADD CONSTRAINT ck_work_state CHECK",
    ),
    (
        "ALTER TABLE outbox_events DROP CONSTRAINT ux_outbox_events_idempotency_key",
        "constraint ux_outbox_events_idempotency_key of outbox_events is missing",
        "UNIQUE (idempotency_key)",
    ),
    (
        "ALTER TABLE media_files ALTER COLUMN sha256 TYPE varchar(64)",
        "type of column media_files.sha256 is VARCHAR(64), not TEXT",
        "ALTER COLUMN sha256 TYPE TEXT",
    ),
    (
        "ALTER TABLE channels ALTER COLUMN title DROP NOT NULL",
        "nullable of column channels.title is True, not False",
        "ALTER COLUMN title SET NOT NULL",
    ),
    (
        "DROP TRIGGER count_posts_insert ON posts",
        "trigger count_posts_insert of posts is missing",
        "CREATE TRIGGER count_posts_insert AFTER INSERT ON posts",
    ),
    (
        "ALTER TABLE work DISABLE TRIGGER count_work_update",
        "trigger count_work_update of work is missing or switched off",
        "CREATE TRIGGER count_work_update AFTER UPDATE ON work",
    ),
]


@pytest.fixture
def wrong(settings: Settings) -> Wrong:
    """What the doctor says of the schema after these statements."""

    def look(*statements: str) -> list[CheckResult]:
        with engine().begin() as connection:
            for statement in statements:
                connection.execute(text(statement))
        asked = settings.model_copy(update={"vision_provider": "none", "embedder": "none"})
        return [one for one in examine(asked) if one.name in ("schema", "indexes") and not one.ok]

    return look


def test_each_missing_part_is_named_with_its_remedy(wrong: Wrong) -> None:
    found = wrong(*(damage for damage, _, _ in DAMAGES))
    for _, what, remedy in DAMAGES:
        [one] = [finding for finding in found if what in finding.detail]
        assert remedy in one.remedy
    assert len(found) == len(DAMAGES), [one.detail for one in found]


def test_the_remedies_in_sql_are_the_repair(wrong: Wrong) -> None:
    mended = [damage for damage, what, _ in DAMAGES if "table" not in what]
    for finding in wrong(*mended):
        statement = finding.remedy.rpartition(": ")[2].partition(" (docs")[0]
        with engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(statement))
    assert wrong() == []


def test_what_others_keep_in_the_same_database_is_no_error(wrong: Wrong) -> None:
    theirs = ("CREATE TABLE theirs (id int PRIMARY KEY)", "ALTER TABLE posts ADD COLUMN theirs int")
    assert wrong(*theirs, "CREATE INDEX theirs_too ON posts (theirs)") == []


def test_an_older_schema_is_one_finding_and_not_a_list_of_what_it_lacks(wrong: Wrong) -> None:
    [one] = wrong("UPDATE alembic_version SET version_num = '20261123_initial'", "DROP TABLE raw_answers CASCADE")
    assert "20261123_initial" in one.detail
    assert one.remedy == "media-audit db upgrade"


def test_without_trigrams_the_doctor_says_what_is_not_corrected(settings: Settings) -> None:
    asked = settings.model_copy(update={"vision_provider": "none", "embedder": "none"})
    [well] = [one for one in examine(asked) if one.name == "words"]
    with engine().begin() as connection:
        connection.execute(
            text("DROP INDEX idx_search_words_trigrams, idx_search_documents_codes; DROP EXTENSION pg_trgm")
        )
    [ill] = [one for one in examine(asked) if one.name == "words"]
    assert (well.ok, ill.ok) == (True, False)
    assert ill.detail == "of a word of a query only one wrong letter is corrected"
    assert ill.remedy == "install pg_trgm (package postgresql-contrib) on the server, then: media-audit db upgrade"
    assert [one.detail for one in examine(asked) if one.name == "schema" and not one.ok] == []
