"""Invitation links: looks behind one and accepts it (https://core.telegram.org/api/invites).

The hash of a link opens the channel for each reader: no error, log or value of this module contains it.
"""

from __future__ import annotations

from typing import Any

from telethon import errors
from telethon.tl import functions, types

from app.adapters.loop import LoopThread
from app.adapters.telegram.account import TelegramAccount
from app.adapters.telegram.errors import Flooded
from app.adapters.telegram.login_codes import visible, waits
from app.adapters.telegram.refusals import told_by
from app.domain.invitations import Invitation
from app.errors import MediaAuditError, UserError

_GONE = "this invitation link has expired or was revoked: ask for a new one"
_BROKEN = "this is no valid invitation link: copy it again, or give the channel's @name or number"
_FULL = "the account is in too many channels: leave some, or use another account"
REMEDIES = {
    "INVITE_HASH_EXPIRED": _GONE,
    "INVITE_REVOKED_MISSING": _GONE,
    "INVITE_HASH_INVALID": _BROKEN,
    "INVITE_HASH_EMPTY": _BROKEN,
    "CHANNELS_TOO_MUCH": _FULL,
    "USER_CHANNELS_TOO_MUCH": _FULL,
    "USERS_TOO_MUCH": "the channel has as many members as Telegram allows: nothing joins it now",
    "CHANNEL_PRIVATE": "the channel is closed to this account: its owners removed or banned it",
    "USER_BANNED_IN_CHANNEL": "the channel's owners have banned this account: use another account",
    "CHANNEL_INVALID": _GONE,
    "CHAT_INVALID": _GONE,
}


class Invitations:
    """The invitation links of one account; safe to use from any thread."""

    def __init__(self, account: TelegramAccount, loop: LoopThread) -> None:
        """account: belongs to the loop."""
        self._account = account
        self._loop = loop

    def look(self, hash_: str) -> Invitation:
        """The channel behind the link; joins nothing. UserError with the remedy if Telegram refuses."""
        return self._loop.call(self._look(hash_), None)

    def accept(self, hash_: str) -> Invitation:
        """Joins the channel, or asks its owners for that; a member stays one. UserError as in `look`."""
        return self._loop.call(self._accept(hash_), None)

    async def _look(self, hash_: str) -> Invitation:
        answer = await self._ask(functions.messages.CheckChatInviteRequest(hash_))
        if isinstance(answer, types.ChatInviteAlready):
            return _of_chat(answer.chat, member=True)
        if isinstance(answer, types.ChatInvitePeek):
            return _of_chat(answer.chat, member=False)
        return _described(answer)

    async def _accept(self, hash_: str) -> Invitation:
        found = await self._look(hash_)
        if found.stance not in ("open", "approval"):
            return found
        try:
            answer = await self._ask(functions.messages.ImportChatInviteRequest(hash_))
        except Requested:
            return Invitation("requested", found.title, found.participants)
        except AlreadyMember:
            return await self._look(hash_)
        chat = next((chat for chat in getattr(answer, "chats", ()) if isinstance(chat, types.Channel)), None)
        if chat is None:
            return await self._look(hash_)
        return Invitation("member", found.title, found.participants, chat.id, fresh=True)

    async def _ask(self, request: Any) -> Any:
        try:
            return await self._account.request(request)
        except Flooded as error:
            raise UserError(
                f"Telegram asks to wait {waits(error.retry_after or 0)} before the next invitation link: try again then"
            ) from None
        except MediaAuditError as error:
            if not isinstance(refused := error.__cause__, errors.RPCError):
                raise
            raise _refused(told_by(refused)[1], error) from None


class Requested(Exception):
    """The channel's owners have been asked."""


class AlreadyMember(Exception):
    """The account is in the channel."""


def _refused(name: str, otherwise: MediaAuditError) -> Exception:
    if name == "INVITE_REQUEST_SENT":
        return Requested()
    if name == "USER_ALREADY_PARTICIPANT":
        return AlreadyMember()
    return UserError(REMEDIES[name]) if name in REMEDIES else otherwise


def _of_chat(chat: Any, *, member: bool) -> Invitation:
    title, count = visible(chat.title), getattr(chat, "participants_count", None) or 0
    if not isinstance(chat, types.Channel):
        if isinstance(chat, types.ChannelForbidden):
            raise UserError(REMEDIES["CHANNEL_PRIVATE"])
        return Invitation("group", title, count)
    if member and not chat.left:
        return Invitation("member", title, count, chat.id)
    return Invitation("open", title, count)


def _described(invite: Any) -> Invitation:
    title, count = visible(invite.title), invite.participants_count or 0
    if not invite.channel:
        return Invitation("group", title, count)
    if invite.subscription_pricing is not None and not invite.can_refulfill_subscription:
        return Invitation("paid", title, count)
    return Invitation("approval" if invite.request_needed else "open", title, count)
