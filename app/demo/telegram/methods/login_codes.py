"""The ways in which the server claims to have sent a login code, one after the other."""

from __future__ import annotations

from typing import Any

from telethon.tl import types

from app.demo.telegram.state import Account

CODE_HASH = "loopback"
EMAIL = "l***k@example.org"


def sent(account: Account, turn: int) -> Any:
    """The answer to auth.sendCode, or to the auth.resendCode of that number; IndexError after the last way."""
    way, after = account.ways[turn], account.ways[turn + 1 : turn + 2]
    next_type = _NEXT.get(after[0]) if after else None
    return types.auth.SentCode(_type(way, len(account.code)), CODE_HASH, next_type() if next_type else None, 60)


def _type(way: str, length: int) -> Any:
    auth = types.auth
    made: dict[str, Any] = {
        "app": auth.SentCodeTypeApp(length),
        "sms": auth.SentCodeTypeSms(length),
        "call": auth.SentCodeTypeCall(length),
        "flash_call": auth.SentCodeTypeFlashCall("+1000*"),
        "missed_call": auth.SentCodeTypeMissedCall("+1000", length),
        "email": auth.SentCodeTypeEmailCode(EMAIL, length),
        "fragment": auth.SentCodeTypeFragmentSms("https://fragment.com/login", length),
        "word": auth.SentCodeTypeSmsWord("a"),
        "phrase": auth.SentCodeTypeSmsPhrase("an apple"),
        "firebase": auth.SentCodeTypeFirebaseSms(length),
        "setup_email": auth.SentCodeTypeSetUpEmailRequired(),
    }
    return made[way]


_NEXT = {
    "sms": types.auth.CodeTypeSms,
    "call": types.auth.CodeTypeCall,
    "flash_call": types.auth.CodeTypeFlashCall,
    "missed_call": types.auth.CodeTypeMissedCall,
    "fragment": types.auth.CodeTypeFragmentSms,
}
