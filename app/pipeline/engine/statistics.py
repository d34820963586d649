"""Analyses tables that have grown by much, at once: autovacuum looks once a minute.

No step of the flow needs it (docs/adr/0014-row-by-row.md). Searches, reports and `verify` read whole tables: PostgreSQL
plans these by its statistics.
"""

from __future__ import annotations

from sqlalchemy import text

from app.db import transaction

# Of a table that only grows: it is analysed at every doubling, so all of that costs a share of the writing.
GROWN = text("""
    SELECT quote_ident(schemaname) || '.' || quote_ident(relname) FROM pg_stat_user_tables
    WHERE schemaname = current_schema() AND n_mod_since_analyze > :least + n_live_tup / 2 ORDER BY 1
""")
LEAST = 1_000  # rows: in a smaller table any plan is good


def refresh() -> list[str]:
    """Analyses each grown table, in a transaction of its own; returns their names. Passes over a table in migration."""
    with transaction() as session:
        grown = list(session.scalars(GROWN, {"least": LEAST}))
    for table in grown:
        with transaction() as session:
            session.execute(text(f"ANALYZE (SKIP_LOCKED) {table}"))
    return grown
