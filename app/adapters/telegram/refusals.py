"""Telethon's errors as refusals of ours: Telegram's own name and code, their scope, the reason with its remedy."""

from __future__ import annotations

import re
from typing import Any

from telethon import errors
from telethon.errors import rpcerrorlist

from app.domain.refusals import About, Scope, scope_of
from app.errors import MediaAuditError, Permanent, Transient, Withheld

SET_SESSION = "set TELEGRAM_SESSION to what it prints"  # the end of each remedy of a lost session
LOGIN_AGAIN = f"run `media-audit login` and {SET_SESSION}"
OTHER_LOGIN = f"run `media-audit login` with another account and {SET_SESSION}"
PRIVATE = "the channel is private or has banned this account: join it with the account first"
UNSEEN = "this account cannot see the channel: join it, or remove it and add it again"
RESTRICTED = "Telegram restricts the channel for this account"
_FROZEN = "the account is frozen: appeal in a Telegram client, or log in with another account"
_LATER = "it is asked again later"
_UPDATE = "a newer release of Media Audit may be needed"

_NAMES = {cls: name for name, cls in rpcerrorlist.rpc_errors_dict.items()}
_NAMES |= {cls: re.sub(r"\(.*?\)", "X", pattern) for pattern, cls in rpcerrorlist.rpc_errors_re}
_NAME = re.compile(r"[A-Za-z0-9_]{1,80}")
_ACCOUNTS = (
    (re.compile(r"FROZEN_\w+"), _FROZEN),
    (re.compile(r"(USER_)?CHANNELS_TOO_MUCH"), "the account is in too many channels: leave some"),
    (re.compile(r"USER_RESTRICTED|PEER_FLOOD"), "the account is restricted: ask @SpamBot, or use another account"),
    (re.compile(r"API_ID_\w+|CONNECTION_\w+"), "check TELEGRAM_API_ID and TELEGRAM_API_HASH (https://my.telegram.org)"),
    (re.compile(r"UPDATE_APP_\w+"), _UPDATE),
    (re.compile(r"(BOT|USER_BOT)_\w+"), "the account is a bot, which cannot read channels: log in with a user account"),
)
_CHANNELS = (
    (re.compile(r"CHANNEL_(PRIVATE|PUBLIC_GROUP_NA|BANNED)|CHAT_FORBIDDEN|USER_(BANNED_IN_CHANNEL|KICKED)"), PRIVATE),
    (re.compile(r"USER_NOT_PARTICIPANT"), PRIVATE),
    (re.compile(r"(CHANNEL|CHANNEL_ID|CHAT|CHAT_ID|PEER|PEER_ID)_INVALID"), UNSEEN),
    (re.compile(r"CHAT_RESTRICTED"), RESTRICTED),
)


class AccountRefused(Withheld):
    """Telegram refuses the account for now: all work that needs the same method waits."""


class ChannelRefused(Withheld):
    """Telegram refuses to show the channel to this account for now."""


class Unreadable(Withheld):
    """An answer has a form that this release does not know: says nothing about the file or channel asked for.

    Holds the number of the form, never the bytes of the answer.
    """

    def __init__(self, form: str, messages: tuple[Any, ...] = (), retry_after: float | None = None) -> None:
        """form: the constructor in hex, or the error of reading it. messages: those of the page before that form."""
        super().__init__(f"Telegram answers in a form that this release does not know ({form}): {_UPDATE}", retry_after)
        self.form = form
        self.messages = messages


def told_by(error: errors.RPCError) -> tuple[int, str]:
    """Telegram's code and name of an RPC error; not Telethon's text, which shows requests, nor text that is no name."""
    code = int(error.code or type(error).code or 0)
    name = _NAMES.get(type(error)) or str(getattr(error, "message", None) or type(error).__name__)
    return code, name.upper() if _NAME.fullmatch(name) else f"ERROR_{code}"


def scope(error: errors.RPCError) -> Scope:
    """The scope of an RPC error."""
    return scope_of(*told_by(error))


def refusal(error: errors.RPCError, about: About) -> MediaAuditError:
    """The verdict on a refusal that is no flood wait and ends no session. about: the subject of the request."""
    name = told_by(error)[1]
    match scope(error):
        case Scope.SERVER:
            return Transient(f"Telegram did not answer: {name}")
        case Scope.NAME if about is About.ACCOUNT:
            return Permanent("no channel has this name")
        case Scope.FILE if about is About.FILE:
            return Permanent(f"Telegram refuses the file ({name})")
        case Scope.ACCOUNT:
            return AccountRefused(f"Telegram refuses the account ({name}): {_remedy(_ACCOUNTS, name, _LATER)}")
        case Scope.CHANNEL:
            return ChannelRefused(_remedy(_CHANNELS, name, f"Telegram refuses to show the channel ({name})"))
    if about is About.CHANNEL:
        return ChannelRefused(f"Telegram refuses to show the channel ({name})")
    return Withheld(f"Telegram refuses ({name}): {_LATER}; {_UPDATE}")


def unreadable(error: errors.TypeNotFoundError) -> Unreadable:
    """The verdict on an answer that Telethon cannot parse. Names the constructor alone: the rest is private."""
    return Unreadable(f"constructor {error.invalid_constructor_id & 0xFFFFFFFF:#010x}")


def _remedy(table: tuple[tuple[re.Pattern[str], str], ...], name: str, otherwise: str) -> str:
    return next((remedy for names, remedy in table if names.fullmatch(name)), otherwise)
