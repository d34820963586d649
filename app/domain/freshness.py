"""Decides when a channel is stale: one rule for `status` and for the gauge channels_stale."""

from __future__ import annotations

MISSED = 5  # polls in a row; a flood wait or a restart costs one or two, which need no alert
# Seconds, however short the interval: a restart of everything, with a minute of patience for database and for broker,
# is no reason for an alert.
LEAST = 300.0


def stale_after(poll_interval: float) -> float:
    """Seconds after the last poll that reached its head at which a channel becomes stale. poll_interval: in seconds."""
    return max(LEAST, MISSED * poll_interval)


def is_stale(fresh: float | None, watched: float, poll_interval: float) -> bool:
    """Whether a watched channel is stale.

    fresh: seconds since a poll reached its head, None for never. watched: seconds since it was added, which count for
    a channel that no poll has reached yet. In SQL: coalesce(last_success_at, added_at) < now() - stale_after.
    """
    age = watched if fresh is None else fresh
    return age > stale_after(poll_interval)
