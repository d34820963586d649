"""Channels and their messages."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import replace
from typing import Any

from telethon.tl import functions, types

from app.demo.telegram.aliens import Alien, chats_of, users_of
from app.demo.telegram.any_message import any_message
from app.demo.telegram.errors import RpcFailure
from app.demo.telegram.registry import Call, answers
from app.demo.telegram.serialise import hole
from app.demo.world import Channel, Message

PAGE = 100  # the real server gives no more, whatever is asked


@answers(functions.contacts.ResolveUsernameRequest)
def resolve(call: Call) -> Any:
    """@name -> channel, upper and lower case alike."""
    wanted = call.request.username.lower()
    for channel in call.state.world.channels:
        if wanted in (name.lower() for name in (channel.username, *channel.usernames) if name):
            channel = call.state.channel(channel.telegram_id)
            peer = types.PeerChannel(channel.telegram_id)
            return types.contacts.ResolvedPeer(peer, chats=_chats(call, channel), users=_users(call))
    raise RpcFailure(400, "USERNAME_NOT_OCCUPIED")


@answers(functions.channels.GetChannelsRequest)
def get_channels(call: Call) -> Any:
    """The channels themselves; ids without the right hash are refused, as for every ordinary account."""
    return types.messages.Chats([_chat(call, _channel(call, peer)) for peer in call.request.id])


@answers(functions.channels.GetFullChannelRequest)
def full_channel(call: Call) -> Any:
    """The channel with its description."""
    channel = _channel(call, call.request.channel)
    border = call.state.faults.hidden_until(channel.telegram_id, call.connection.key.user, told=True)
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
        hidden_prehistory=bool(border) or None,
        available_min_id=border or None,
    )
    whole: Any = Alien() if "full" in call.state.faults.alien else full
    return types.messages.ChatFull(whole, chats=_chats(call, channel), users=_users(call))


@answers(functions.messages.GetDialogsRequest)
def dialogs(call: Call) -> Any:
    """All channels: the account has joined each of them. So private ones can be found by their number."""
    faults = call.state.faults
    left_out = faults.private | faults.outside
    found = [(c, _visible(call, c)) for c in call.state.world.channels if c.telegram_id not in left_out]
    newest = {channel.telegram_id: max(visible) for channel, visible in found if visible}
    channels = [channel for channel, visible in found if visible]
    known = [_dialog(call, channel, newest[channel.telegram_id]) for channel in channels]
    messages = [call.state.message(channel, newest[channel.telegram_id]) for channel in channels]
    return types.messages.Dialogs(
        dialogs=[*([Alien()] if "dialog" in faults.alien else []), *known],
        messages=[Alien(), *messages[1:]] if "dialog_message" in faults.alien else messages,
        chats=chats_of(faults.alien, *(_chat(call, channel) for channel in channels)),
        users=_users(call),
    )


@answers(functions.messages.GetHistoryRequest)
def history(call: Call) -> Any:
    """A page, newest first (https://core.telegram.org/api/offsets).

    offset_id wins over offset_date; add_offset shifts the page, also to newer messages.
    """
    request, channel = call.request, _channel(call, call.request.peer)
    ids = sorted(_visible(call, channel))  # ascending: the page is ids[low:high], turned round
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
    if request.offset_id and call.state.faults.strikes("blank", "messages.getHistory"):
        page = []
    return _page(call, channel, [call.state.message(channel, i) for i in page], len(ids))


@answers(functions.channels.GetMessagesRequest)
def get_messages(call: Call) -> Any:
    """Messages by id, in the order asked; a hole is a MessageEmpty."""
    channel = _channel(call, call.request.channel)
    if not call.request.id:
        raise RpcFailure(400, "MESSAGE_IDS_EMPTY")
    ids = [item.id for item in call.request.id[:PAGE]]
    visible = _visible(call, channel)
    found = [call.state.message(channel, i) if i in visible else hole(channel, i) for i in ids]
    return _page(call, channel, found, len(found))


@answers(functions.messages.GetRichMessageRequest)
def rich_message(call: Call) -> Any:
    """A rich message as a whole."""
    channel = _channel(call, call.request.peer)
    found = _visible(call, channel).get(call.request.id)
    if found is None or found.tl is None:
        raise RpcFailure(400, "MESSAGE_ID_INVALID")
    whole = replace(found, tl=found.whole or found.tl)
    peer = types.PeerChannel(channel.telegram_id)
    return _page(call, channel, [any_message(whole, peer, call.state.shelf)], 1)


@answers(functions.messages.GetMessagesRequest)
def private_messages(call: Call) -> Any:
    """Messages of private chats: the account has none."""
    empty = [types.MessageEmpty(id=item.id, peer_id=None) for item in call.request.id]
    return types.messages.Messages(messages=empty, topics=[], chats=[], users=[])


def _chats(call: Call, channel: Channel) -> list[Any]:
    return chats_of(call.state.faults.alien, _chat(call, channel))


def _users(call: Call) -> list[Any]:
    return users_of(call.state.faults.alien)


def _channel(call: Call, peer: Any) -> Channel:
    if not isinstance(peer, types.InputPeerChannel | types.InputChannel):
        raise RpcFailure(400, "PEER_ID_INVALID")
    return call.state.channel(peer.channel_id, peer.access_hash, call.connection.key.user)


def _chat(call: Call, channel: Channel) -> Any:
    return call.state.chat(channel, call.connection.key.user)


def _visible(call: Call, channel: Channel) -> dict[int, Message]:
    return call.state.visible(channel, call.connection.key.user)


def _dialog(call: Call, channel: Channel, newest: int) -> Any:
    return types.Dialog(
        peer=types.PeerChannel(channel.telegram_id),
        top_message=newest,
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
