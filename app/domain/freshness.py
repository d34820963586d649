"""When a channel is stale: `status` and the gauge channels_stale go by the same rule."""

from __future__ import annotations

MISSED = 5  # polls in a row; one or two are lost to a flood wait or a restart, and nobody need look
# Seconds. However short the interval: a restart of everything, with a minute of patience for each of database and
# broker, is no reason to call anybody.
LEAST = 300.0


def stale_after(poll_interval: float) -> float:
    """Seconds since the head of a channel was last reached after which it is stale. poll_interval: in seconds."""
    return max(LEAST, MISSED * poll_interval)


def is_stale(fresh: float | None, watched: float, poll_interval: float) -> bool:
    """Whether a watched channel is stale.

    fresh: seconds since a poll reached its head, None for never. watched: seconds since it was added: a channel that
    no poll has reached yet has that long. In SQL: coalesce(last_success_at, added_at) < now() - stale_after.
    """
    age = watched if fresh is None else fresh
    return age > stale_after(poll_interval)
