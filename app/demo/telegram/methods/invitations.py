"""Invitation links (https://core.telegram.org/api/invites)."""

from __future__ import annotations

from typing import Any

from telethon.tl import functions, types

from app.demo.telegram.errors import RpcFailure
from app.demo.telegram.registry import Call, answers
from app.demo.world import Channel, Invite


@answers(functions.messages.CheckChatInviteRequest)
def check(call: Call) -> Any:
    """The channel for members, its description for all others."""
    invite, channel = _found(call)
    chat = call.state.chat(channel, call.connection.key.user)
    if _member(call, channel):
        return types.ChatInviteAlready(chat)
    if invite.kind == "peek":
        return types.ChatInvitePeek(chat, call.state.date())
    large = invite.kind != "group"
    price = types.StarsSubscriptionPricing(2592000, 100) if invite.kind == "paid" else None
    return types.ChatInvite(
        title=channel.title,
        photo=types.PhotoEmpty(0),
        participants_count=invite.participants,
        color=0,
        channel=large,
        broadcast=large,
        request_needed=invite.approval,
        subscription_pricing=price,
        subscription_form_id=1 if price else None,
    )


@answers(functions.messages.ImportChatInviteRequest)
def accept(call: Call) -> Any:
    """Joins the channel, or asks its owners."""
    invite, channel = _found(call)
    if _member(call, channel):
        raise RpcFailure(400, "USER_ALREADY_PARTICIPANT")
    if invite.approval:
        raise RpcFailure(400, "INVITE_REQUEST_SENT")
    call.state.faults.outside -= {channel.telegram_id}
    chat = call.state.chat(channel, call.connection.key.user)
    return types.Updates([], users=[], chats=[chat], date=call.state.date(), seq=0)


def _member(call: Call, channel: Channel) -> bool:
    return channel.telegram_id not in call.state.faults.outside


def _found(call: Call) -> tuple[Invite, Channel]:
    for invite in call.state.world.invites:
        if invite.hash == call.request.hash:
            if invite.expired:
                raise RpcFailure(400, "INVITE_HASH_EXPIRED")
            return invite, call.state.channel(invite.channel)
    raise RpcFailure(400, "INVITE_HASH_INVALID")
