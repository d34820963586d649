"""Brings the rest of rich messages of which a page holds the beginning (messages.getRichMessage)."""

from __future__ import annotations

from typing import Any

from telethon.errors import RPCError
from telethon.tl import functions, types

from app.adapters.telegram.account import TelegramAccount
from app.adapters.telegram.answers import Tolerant
from app.adapters.telegram.invoke import invoke
from app.adapters.telegram.refusals import Unreadable
from app.domain.messages import ChannelRef

METHOD = "GetRichMessageRequest"
REFUSED = (RPCError, Unreadable, TimeoutError)


async def completed(account: TelegramAccount, channel: ChannelRef, messages: list[Any]) -> list[Any]:
    """The messages, each as a whole if Telegram gives it. A lost connection raises; a refusal leaves the beginning.

    Not by `TelegramAccount.request`, which holds back the whole channel after a refusal.
    """
    return [await _whole(account, channel, one) if _is_part(one) else one for one in messages]


def _is_part(message: Any) -> bool:
    return bool(getattr(getattr(message, "rich_message", None), "part", None))


async def _whole(account: TelegramAccount, channel: ChannelRef, message: Any) -> Any:
    peer = types.InputPeerChannel(channel.telegram_id, channel.access_hash)
    client = await account.client()
    try:
        request = Tolerant(functions.messages.GetRichMessageRequest(peer, message.id))
        answer = await invoke(client._sender, request, account.timeout)
    except REFUSED:
        return message
    except (OSError, EOFError) as error:
        raise account.refused(METHOD, error) from error
    found = (one for one in getattr(answer, "messages", ()) if getattr(one, "rich_message", None) is not None)
    return next((one for one in found if one.id == message.id), message)
