"""The methods by which a client learns of changes that it missed."""

from __future__ import annotations

from typing import Any

from telethon.tl import functions, types

from app.demo.telegram.registry import Call, answers


@answers(functions.updates.GetStateRequest)
def state(call: Call) -> Any:
    """Constant counters, since no event occurs outside channels."""
    return types.updates.State(pts=1, qts=0, date=call.state.date(), seq=1, unread_count=0)


@answers(functions.updates.GetDifferenceRequest)
def difference(call: Call) -> Any:
    """An empty difference, for the same reason."""
    return types.updates.DifferenceEmpty(date=call.state.date(), seq=1)


@answers(functions.updates.GetChannelDifferenceRequest)
def channel_difference(call: Call) -> Any:
    """The events of a channel above the client's pts."""
    peer = call.request.channel
    channel = call.state.channel(peer.channel_id, peer.access_hash, call.connection.key.user)
    missed = call.state.since(channel, call.request.pts)
    pts = call.state.pts(channel)
    if not missed:
        return types.updates.ChannelDifferenceEmpty(pts=pts, final=True, timeout=30)
    fresh = [update for update in missed if isinstance(update, types.UpdateNewChannelMessage)]
    return types.updates.ChannelDifference(
        pts=pts,
        new_messages=[update.message for update in fresh],
        other_updates=[update for update in missed if update not in fresh],
        chats=[call.state.chat(channel, call.connection.key.user)],
        users=[],
        final=True,
        timeout=30,
    )
