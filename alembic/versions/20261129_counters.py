"""Counters: triggers append each change of a count, and the sweeper folds them.

Revision 20261129_counters, after 20261129_search_codes. Triggers alone: rows that are there already are counted by
the sweeper (app/pipeline/engine/counters.py), beside live work. A mark TABLE.uncounted says so until then.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.migrations.counter_triggers import COUNTS, TABLES, functions, triggers

revision = "20261129_counters"
down_revision = "20261129_search_codes"
branch_labels = None
depends_on = None

MARK = "INSERT INTO counters (name, key, value) SELECT '{0}.uncounted', 0, 1 WHERE EXISTS (SELECT FROM {0})"


def upgrade() -> None:
    op.create_table(
        "counters",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", "key", name=op.f("pk_counters")),
    )
    op.create_table(
        "counter_deltas",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("key", sa.BigInteger(), nullable=False),
        sa.Column("change", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_counter_deltas")),
        postgresql_with={"autovacuum_vacuum_scale_factor": "0", "autovacuum_vacuum_threshold": "1000"},
    )
    op.create_index("idx_counter_deltas_name_key", "counter_deltas", ["name", "key"])
    for function in functions():
        op.execute(function)
    for table in TABLES:
        # CREATE TRIGGER waits for open writers of its table, so the mark sees every row that no trigger saw.
        for trigger in triggers(table).values():
            op.execute(trigger)
        op.execute(MARK.format(table))


def downgrade() -> None:
    for table in TABLES:
        for name in triggers(table):
            op.execute(f"DROP TRIGGER {name} ON {table}")
    for name in (*COUNTS, "count_none"):
        op.execute(f"DROP FUNCTION {name}()")
    op.drop_table("counter_deltas")
    op.drop_table("counters")
