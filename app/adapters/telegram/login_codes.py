"""Tells in words where Telegram sent a login code, and how it can come instead (https://core.telegram.org/api/auth)."""

from __future__ import annotations

from typing import Any

from telethon.tl import types

auth = types.auth
_SENT: dict[type, str] = {
    auth.SentCodeTypeApp: "to your Telegram apps: look for the chat Telegram there",
    auth.SentCodeTypeSms: "by SMS",
    auth.SentCodeTypeCall: "by a telephone call: a voice reads it",
    auth.SentCodeTypeFlashCall: "by a call that ends at once: the code is its whole number, {pattern}",
    auth.SentCodeTypeMissedCall: "by a call that ends at once: the code is the end of its number, {prefix}...",
    auth.SentCodeTypeEmailCode: "by e-mail to {email_pattern}",
    auth.SentCodeTypeFragmentSms: "to your anonymous number: open {url}",
    auth.SentCodeTypeFirebaseSms: "by SMS to an official Telegram app alone",
    auth.SentCodeTypeSmsWord: "by SMS: it is a word that begins with {beginning}",
    auth.SentCodeTypeSmsPhrase: "by SMS: it is some words that begin with {beginning}",
}
_NEXT: dict[type, str] = {
    auth.CodeTypeSms: "by SMS",
    auth.CodeTypeCall: "by a telephone call",
    auth.CodeTypeFlashCall: "by a call that ends at once",
    auth.CodeTypeMissedCall: "by a call that ends at once",
    auth.CodeTypeFragmentSms: "on fragment.com",
}
WORDS = (auth.SentCodeTypeSmsWord, auth.SentCodeTypeSmsPhrase)


def where(sent: Any) -> str:
    """Where the code of an auth.SentCode went, with its length, and how to get it another way."""
    way = _SENT.get(type(sent.type), "in a way that this release does not know")
    shown = way.format_map({name: visible(value) or "?" for name, value in vars(sent.type).items()})
    length = getattr(sent.type, "length", 0)
    size = f" of {length} {'character' if length == 1 else 'characters'}" if length else ""
    return f"Telegram sent the code{size} {shown}.{other_way(sent)}"


def other_way(sent: Any) -> str:
    """A sentence about the next way, with a blank in front; empty if there is none."""
    if sent.next_type is None:
        return ""
    after = f" after {sent.timeout} s" if sent.timeout else ""
    return f" If it does not come, press Enter alone{after}: then it comes {_NEXT.get(type(sent.next_type), 'anew')}."


def visible(value: Any) -> str:
    """A text of Telegram without the characters that a terminal would obey."""
    return "".join(character for character in str(value or "") if character.isprintable())


def length_of(sent: Any) -> int:
    """Characters of the code; 0 if Telegram does not tell."""
    return int(getattr(sent.type, "length", 0) or 0)


def waits(seconds: float) -> str:
    """A waiting time in words: whole minutes from two minutes on, and hours from two hours on, rounded up."""
    for size, name in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{-(-int(seconds) // size)} {name}"
    return f"{seconds:.0f} s"
