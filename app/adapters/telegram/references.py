"""Parses the forms in which users name a channel: @name, a t.me link, a number."""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.errors import Permanent

_PREFIX = re.compile(r"^(?:https?://)?(?:www\.)?(?:t|telegram)\.(?:me|dog)/", re.IGNORECASE)
_DOMAIN = re.compile(r"^tg://resolve/?\?(?:.*&)?domain=([^&]+)", re.IGNORECASE)
_NAME = re.compile(
    r"^[A-Za-z][A-Za-z0-9_]{2,31}$"
)  # names of official channels may be shorter than the usual 5 letters
_MARK = 10**12  # Telegram's clients write -100 in front of a channel's number: -(10^12 + id)


@dataclass(frozen=True)
class Reference:
    """A channel by name or number: exactly one of the fields is set."""

    username: str | None = None
    telegram_id: int | None = None  # bare and positive


def parse(text: str) -> Reference:
    """Parses the name of a channel. Permanent if it has none of the forms."""
    written = text.strip()
    if found := _DOMAIN.match(written):
        return _named(found[1], text)
    path = _PREFIX.sub("", written)
    if path == written:
        return _number(written) or _named(written.removeprefix("@"), text)
    parts = [part for part in re.split(r"[/?#]", path) if part]
    if not parts or parts[0].startswith("+") or parts[0] == "joinchat":
        raise Permanent(
            f"{text!r} is an invitation: accept it with the account, then give the channel's number or a link"
            " to one of its posts (t.me/c/...)"
        )
    if parts[0] == "c" and len(parts) > 1 and parts[1].isdecimal():
        return Reference(telegram_id=int(parts[1]))
    return _named(parts[1] if parts[0] == "s" and len(parts) > 1 else parts[0], text)


def _number(written: str) -> Reference | None:
    if not re.fullmatch(r"-?\d+", written):
        return None
    number = int(written)
    if number < 0:
        number = -number - _MARK
    if number <= 0:
        raise Permanent(f"{written} is the number of a chat, not of a channel: those begin with -100")
    return Reference(telegram_id=number)


def _named(name: str, text: str) -> Reference:
    if not _NAME.match(name):
        raise Permanent(f"{text!r} names no channel: write @name, a t.me link or the channel's number")
    return Reference(username=name)
