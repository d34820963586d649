"""Channels and their messages."""

from __future__ import annotations

from bisect import bisect_left
from typing import Any

from telethon.tl import functions, types

from app.demo.telegram.aliens import Alien, chats_of, users_of
from app.demo.telegram.errors import RpcFailure
from app.demo.telegram.registry import Call, answers
from app.demo.telegram.serialise import channel_object, hole
from app.demo.world import Channel

PAGE = 100  # the real server gives no more, whatever is asked


@answers(functions.contacts.ResolveUsernameRequest)
def resolve(call: Call) -> Any:
    """@name -> channel, upper and lower case alike."""
    wanted = call.request.username.lower()
    for channel in call.state.world.channels:
        if channel.username is not None and channel.username.lower() == wanted:
            channel = call.state.channel(channel.telegram_id)
            peer = types.PeerChannel(channel.telegram_id)
            return types.contacts.ResolvedPeer(peer, chats=_chats(call, channel), users=_users(call))
    raise RpcFailure(400, "USERNAME_NOT_OCCUPIED")


@answers(functions.channels.GetChannelsRequest)
def get_channels(call: Call) -> Any:
    """The channels themselves; ids without the right hash are refused, as for every ordinary account."""
    return types.messages.Chats([channel_object(_channel(call, peer)) for peer in call.request.id])


@answers(functions.channels.GetFullChannelRequest)
def full_channel(call: Call) -> Any:
    """The channel with its description."""
    channel = _channel(call, call.request.channel)
    full = types.ChannelFull(
        id=channel.telegram_id,
        about=channel.about,
        read_inbox_max_id=0,
        read_outbox_max_id=0,
        unread_count=0,
        chat_photo=Alien() if "full_inside" in call.state.faults.alien else types.PhotoEmpty(0),
        notify_settings=types.PeerNotifySettings(),
        bot_info=[],
        pts=call.state.pts(channel),
        participants_count=1,
    )
    whole: Any = Alien() if "full" in call.state.faults.alien else full
    return types.messages.ChatFull(whole, chats=_chats(call, channel), users=_users(call))


@answers(functions.messages.GetDialogsRequest)
def dialogs(call: Call) -> Any:
    """All channels: the account has joined each of them. So private ones can be found by their number."""
    channels = [c for c in call.state.world.channels if c.messages and c.telegram_id not in call.state.faults.private]
    alien = call.state.faults.alien
    newest = [call.state.message(channel, max(channel.messages)) for channel in channels]
    return types.messages.Dialogs(
        dialogs=[*([Alien()] if "dialog" in alien else []), *(_dialog(call, channel) for channel in channels)],
        messages=[Alien(), *newest[1:]] if "dialog_message" in alien else newest,
        chats=chats_of(alien, *map(channel_object, channels)),
        users=_users(call),
    )


@answers(functions.messages.GetHistoryRequest)
def history(call: Call) -> Any:
    """A page, newest first (https://core.telegram.org/api/offsets).

    offset_id wins over offset_date; add_offset shifts the page, also to newer messages.
    """
    request, channel = call.request, _channel(call, call.request.peer)
    ids = sorted(channel.messages)  # ascending: the page is ids[low:high], turned round
    high = len(ids)
    if request.offset_id:
        high = bisect_left(ids, request.offset_id)
    elif request.offset_date.timestamp():  # 0 stands for none
        high = bisect_left(ids, request.offset_date, key=lambda i: channel.messages[i].date)
    high -= request.add_offset
    low = high - min(max(request.limit, 0), PAGE)
    page = [
        i
        for i in reversed(ids[max(low, 0) : max(high, 0)])
        if i > request.min_id and (not request.max_id or i < request.max_id)
    ]
    return _page(call, channel, [call.state.message(channel, i) for i in page], len(ids))


@answers(functions.channels.GetMessagesRequest)
def get_messages(call: Call) -> Any:
    """Messages by id, in the order asked; a hole is a MessageEmpty."""
    channel = _channel(call, call.request.channel)
    if not call.request.id:
        raise RpcFailure(400, "MESSAGE_IDS_EMPTY")
    ids = [item.id for item in call.request.id[:PAGE]]
    found = [call.state.message(channel, i) if i in channel.messages else hole(channel, i) for i in ids]
    return _page(call, channel, found, len(found))


@answers(functions.messages.GetMessagesRequest)
def private_messages(call: Call) -> Any:
    """Messages of private chats: the account has none."""
    empty = [types.MessageEmpty(id=item.id, peer_id=None) for item in call.request.id]
    return types.messages.Messages(messages=empty, topics=[], chats=[], users=[])


def _chats(call: Call, channel: Channel) -> list[Any]:
    return chats_of(call.state.faults.alien, channel_object(channel))


def _users(call: Call) -> list[Any]:
    return users_of(call.state.faults.alien)


def _channel(call: Call, peer: Any) -> Channel:
    if not isinstance(peer, types.InputPeerChannel | types.InputChannel):
        raise RpcFailure(400, "PEER_ID_INVALID")
    return call.state.channel(peer.channel_id, peer.access_hash)


def _dialog(call: Call, channel: Channel) -> Any:
    return types.Dialog(
        peer=types.PeerChannel(channel.telegram_id),
        top_message=max(channel.messages),
        read_inbox_max_id=0,
        read_outbox_max_id=0,
        unread_count=0,
        unread_mentions_count=0,
        unread_reactions_count=0,
        unread_poll_votes_count=0,
        notify_settings=types.PeerNotifySettings(),
        pts=call.state.pts(channel),
    )


def _page(call: Call, channel: Channel, messages: list[Any], count: int) -> Any:
    return types.messages.ChannelMessages(
        pts=call.state.pts(channel),
        count=count,
        messages=messages,
        topics=[],
        chats=_chats(call, channel),
        users=_users(call),
    )
