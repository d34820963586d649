"""UPDATE of work rows that a query locks first. Only the modules that write work rows import it."""

from __future__ import annotations

from sqlalchemy import Select, Update, select, update

from app.models import Work


def update_locked(rows: Select[int], *, skip_locked: bool = False) -> Update:
    """Builds an UPDATE of the work rows whose ids `rows` selects; the caller adds values.

    It locks the rows in the order of `rows`. A plain UPDATE locks in the order of its plan, so that two transactions
    could deadlock.
    skip_locked: leave out rows that another transaction has locked, instead of waiting for it.
    """
    locked = rows.with_for_update(of=Work, skip_locked=skip_locked).cte("locked")
    return update(Work).where(Work.id.in_(select(locked.c.id)))
