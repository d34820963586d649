"""Questions: the questions of users, the spans that were offered for each, the sentences of its answer.

Revision 20261130_questions, after 20261129_forwards. Empty tables, and an index that is built beside live traffic:
safe to repeat after a build that failed.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from app.migrations.ddl import create_index_concurrently, drop_index_concurrently

revision = "20261130_questions"
down_revision = "20261129_forwards"
branch_labels = None
depends_on = None

TABLES = ("answer_sentences", "question_spans", "questions")
PAID = "idx_token_ledger_questions"


def upgrade() -> None:
    _questions()
    _spans()
    _sentences()
    create_index_concurrently(PAID, "token_ledger", ["created_at"], postgresql_where=sa.text("purpose = 'ask'"))


def _questions() -> None:
    op.create_table(
        "questions",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("retrieval", JSONB(), nullable=False),
        sa.Column("spans_hash", sa.Text(), nullable=False),
        sa.Column("left_out", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("answerer", sa.Text(), nullable=False),
        sa.Column("trace_id", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problems", JSONB(), nullable=True),
        sa.Column("tokens", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_questions")),
        sa.UniqueConstraint("key", name=op.f("ux_questions_key")),
        if_not_exists=True,
    )
    newest = [sa.text("asked_at DESC"), sa.text("id DESC")]
    op.create_index("idx_questions_asked_at", "questions", newest, if_not_exists=True)


def _spans() -> None:
    op.create_table(
        "question_spans",
        sa.Column("question_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("passage", sa.BigInteger(), nullable=False),
        sa.Column("publication_id", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["question_id"],
            ["questions.id"],
            name=op.f("fk_question_spans_question_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["publication_id"],
            ["publications.id"],
            name=op.f("fk_question_spans_publication_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("question_id", "number", name=op.f("pk_question_spans")),
        if_not_exists=True,
    )
    op.create_index("idx_question_spans_publication_id", "question_spans", ["publication_id"], if_not_exists=True)


def _sentences() -> None:
    op.create_table(
        "answer_sentences",
        sa.Column("question_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("cites", JSONB(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["question_id"],
            ["questions.id"],
            name=op.f("fk_answer_sentences_question_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("question_id", "position", name=op.f("pk_answer_sentences")),
        if_not_exists=True,
    )


def downgrade() -> None:
    drop_index_concurrently(PAID)
    for table in TABLES:
        op.drop_table(table, if_exists=True)
