"""The value of --since: the moment from which a command looks, in the words of the filters after: and date:."""

from __future__ import annotations

from datetime import datetime

from app.domain.query.periods import ago, duration, moment, period

FORMS = "write a span before now (24h, 7d, 2w, P1M), a day, month or year (2026-05-01), or a time (2026-05-01T12:30)"


def begin(text: str, now: datetime) -> datetime:
    """The first moment of a period, in UTC. ValueError with a remedy for another form and for a time to come.

    A span ends at `now`; a day, month, year or time begins then.
    """
    written = text.strip()
    span, named = duration(written), period(written)
    found = ago(span, now) if span else named.start if named else moment(written)
    if found is None:
        raise ValueError(f"{text!r} is no time: {FORMS}")
    if found >= now:
        raise ValueError(f"{text!r} is yet to come: {FORMS}")
    return found
