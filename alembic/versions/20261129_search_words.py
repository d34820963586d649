"""The words of the documents of search, to correct those of a query; the sweeper counts documents of before.

Empty tables, so it is as fast on a large archive. Safe to repeat: `media-audit db upgrade` runs it again when the
extension pg_trgm came later.
Revision 20261129_search_words, after 20261129_telegram_login.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

from app.ddl import create_index_concurrently, has_trigrams

revision = "20261129_search_words"
down_revision = "20261129_telegram_login"
branch_labels = None
depends_on = None

TABLES = ("search_words_fill", "search_document_words", "search_word_deltas", "search_words")


def upgrade() -> None:
    if not _made():
        _make()
    if has_trigrams():
        options = {"postgresql_using": "gin", "postgresql_ops": {"word": "gin_trgm_ops"}}
        create_index_concurrently("idx_search_words_trigrams", "search_words", ["word"], **options)


def _made() -> bool:
    if op.get_context().as_sql:
        return False
    return bool(op.get_bind().scalar(sa.text("SELECT to_regclass('search_words') IS NOT NULL")))


def _make() -> None:
    op.create_table(
        "search_words",
        sa.Column("word", sa.Text(), nullable=False),
        sa.Column("skeleton", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("documents", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("word", name=op.f("pk_search_words")),
        postgresql_with={"fillfactor": 50},
    )
    op.create_index("idx_search_words_skeleton", "search_words", ["skeleton"])
    op.create_table(
        "search_word_deltas",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("words", ARRAY(sa.Text()), nullable=False),
        sa.Column("changes", ARRAY(sa.BigInteger()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_word_deltas")),
    )
    op.create_table(
        "search_document_words",
        sa.Column("publication_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["publication_id"],
            ["search_documents.publication_id"],
            name=op.f("fk_search_document_words_publication_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("publication_id", name=op.f("pk_search_document_words")),
    )
    op.create_table(
        "search_words_fill",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("cursor", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_words_fill")),
    )
    op.execute("INSERT INTO search_words_fill SELECT 1, 0 WHERE EXISTS (SELECT FROM search_documents)")


def downgrade() -> None:
    # The extension stays: it may have been there before, and others may use it.
    for table in TABLES:
        op.drop_table(table)
