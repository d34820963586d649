"""Look-alikes: an index of bands over the hashes of all files, and stars of near pictures.

Revision 20261129_look_alikes, after 20261129_search_words. The index on media_files is built beside live traffic and
before all else, so the migration is safe to repeat. The rest is empty tables, which the sweeper fills, and a column.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.migrations.ddl import create_index_concurrently, drop_index_concurrently

revision = "20261129_look_alikes"
down_revision = "20261129_search_words"
branch_labels = None
depends_on = None

FILES = "idx_media_files_bands"
BANDS = (
    "(ARRAY[(('x' || substr(phash, 1, 4))::bit(16))::integer, "
    "65536 + (('x' || substr(phash, 5, 4))::bit(16))::integer, "
    "131072 + (('x' || substr(phash, 9, 4))::bit(16))::integer, "
    "196608 + (('x' || substr(phash, 13, 4))::bit(16))::integer])"
)
AT_ONCE = {"fastupdate": "off"}  # a list of pending entries would be read as a whole by each search


def upgrade() -> None:
    hashed = sa.text("phash IS NOT NULL")
    create_index_concurrently(
        FILES,
        "media_files",
        [sa.text(BANDS)],
        postgresql_using="gin",
        postgresql_with=AT_ONCE,
        postgresql_where=hashed,
    )
    op.add_column("media_files", sa.Column("flat", sa.Boolean(), nullable=True))
    _centres()
    _stars()
    _filling()


def downgrade() -> None:
    drop_index_concurrently(FILES)
    for table in ("look_alike_fill", "look_alikes_due", "look_alikes", "look_alike_centres"):
        op.drop_table(table)
    op.drop_column("media_files", "flat")


def _centres() -> None:
    table = "look_alike_centres"
    op.create_table(
        table,
        _file(),
        sa.Column("phash", sa.Text(), nullable=False),
        _created(),
        *_of_file(table),
    )
    op.create_index(
        "idx_look_alike_centres_bands", table, [sa.text(BANDS)], postgresql_using="gin", postgresql_with=AT_ONCE
    )


def _stars() -> None:
    table = "look_alikes"
    op.create_table(
        table,
        _file(),
        sa.Column("centre_id", sa.BigInteger(), nullable=False),
        sa.Column("bits", sa.BigInteger(), nullable=False),
        _created(),
        sa.CheckConstraint("file_id <> centre_id", name=op.f("ck_look_alikes_no_loop")),
        sa.ForeignKeyConstraint(
            ["centre_id"], ["look_alike_centres.file_id"], name=op.f("fk_look_alikes_centre_id"), ondelete="RESTRICT"
        ),
        *_of_file(table),
    )
    op.create_index("idx_look_alikes_centre_id", table, ["centre_id"])


def _filling() -> None:
    op.create_table("look_alikes_due", _file(), *_of_file("look_alikes_due"))
    op.create_table(
        "look_alike_fill",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("above", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("rounds", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("id = 1", name=op.f("ck_look_alike_fill_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_look_alike_fill")),
    )


def _file() -> sa.Column[int]:
    return sa.Column("file_id", sa.BigInteger(), autoincrement=False, nullable=False)


def _created() -> sa.Column[object]:
    return sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False)


def _of_file(table: str) -> tuple[sa.Constraint, ...]:
    return (
        sa.ForeignKeyConstraint(["file_id"], ["media_files.id"], name=op.f(f"fk_{table}_file_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("file_id", name=op.f(f"pk_{table}")),
    )
