"""The state of a channel as one word, for lists of channels."""

from __future__ import annotations

from enum import StrEnum


class ChannelState(StrEnum):
    """What an operator first asks of a channel."""

    REMOVED = "removed"  # not watched any more; its posts stay
    REFUSED = "refused"  # the last poll failed, for a reason that stands beside it
    RESTRICTED = "restricted"  # Telegram hides it, or a part of it
    STALE = "stale"  # no poll has reached its head for long
    NEW = "new"  # not polled yet
    ACTIVE = "active"


def state_of(*, enabled: bool, polled: bool, error: str | None, restricted: bool, stale: bool) -> ChannelState:
    """The first that holds, in the order of the states. polled: ever; error: of its last poll."""
    holds = {
        ChannelState.REMOVED: not enabled,
        ChannelState.REFUSED: error is not None,
        ChannelState.RESTRICTED: restricted,
        ChannelState.STALE: stale,
        ChannelState.NEW: not polled,
    }
    return next((state for state, it in holds.items() if it), ChannelState.ACTIVE)
