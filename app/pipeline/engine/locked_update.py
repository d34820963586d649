"""UPDATE of rows of work that a query has locked first. Only the modules that write rows of work import it."""

from __future__ import annotations

from sqlalchemy import Select, Update, select, update

from app.models import Work


def update_locked(rows: Select[int], *, skip_locked: bool = False) -> Update:
    """An UPDATE of the rows of work whose ids `rows` selects; the caller adds values.

    The rows are locked in the order of `rows`. An UPDATE alone locks in the order of its plan, so that two transactions
    could wait for each other crosswise.
    skip_locked: leave out rows that another transaction has locked, instead of waiting for it.
    """
    locked = rows.with_for_update(of=Work, skip_locked=skip_locked).cte("locked")
    return update(Work).where(Work.id.in_(select(locked.c.id)))
