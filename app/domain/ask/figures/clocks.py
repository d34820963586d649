"""Reads times of the day in words: 7 вечера, 10 a.m., half past ten, полдень."""

from __future__ import annotations

from collections.abc import Sequence

from app.domain.ask.figures.phrases import phrase
from app.domain.ask.figures.tokens import Token
from app.domain.ask.figures.values import Clock
from app.domain.ask.listed import listed

_NOON = {
    **dict.fromkeys(listed("полдень полудня полудню полудне опівдні полудень noon midday"), 12),
    **dict.fromkeys(listed("полночь полночи опівночі midnight"), 0),
}
_MORNING = listed("утра ранку am")
_EVENING = listed("вечера вечора pm")
_DAY, _NIGHT = frozenset(("дня",)), frozenset(("ночи", "ночі"))
AT = listed("в во у о об к до с около после від з близько після at by from until till around about before after")
_HALF_PAST = (("half", "past"), ("половина",), ("половине",), ("пів", "на"))


def named(token: Token) -> Clock | None:
    """Noon or midnight."""
    hour = _NOON.get(token.norm) if token.kind == "word" else None
    return None if hour is None else Clock(hour)


def half_past(tokens: Sequence[Token], at: int, ukrainian: bool) -> tuple[tuple[Clock, ...], int] | None:
    """Half past ten and половина одиннадцатого, with the token behind; the half of the day is open."""
    for words in _HALF_PAST:
        end = at + len(words)
        if tuple(token.norm for token in tokens[at:end]) != words or end >= len(tokens):
            continue
        found = phrase(tokens, end, ukrainian)
        english = words[0] == "half"
        if found and found.values[0] in range(1, 13) and (english or found.ordinal):
            hour = int(found.values[0]) - (0 if english else 1)
            return (Clock(hour % 24, 30), Clock((hour + 12) % 24, 30)), found.end
    return None


def half_of_day(tokens: Sequence[Token], at: int, hour: int) -> tuple[int, int] | None:
    """(hour of 24, token behind) if the words at a place tell the half of the day: утра, p.m.; None otherwise."""
    if at >= len(tokens) or not 0 <= hour <= 12:
        return None
    word, end = _word(tokens, at)
    if word in _MORNING:
        return hour % 12, end
    if word in _EVENING or (word in _DAY and (hour <= 5 or hour == 12)) or (word in _NIGHT and 9 <= hour <= 11):
        return hour % 12 + 12, end
    return (hour % 12, end) if word in _NIGHT else None


def _word(tokens: Sequence[Token], at: int) -> tuple[str, int]:
    """The word at a place and the token behind it; `p.m.` is one word."""
    letters = [token.norm for token in tokens[at : at + 3]]
    if letters[0] in ("a", "p") and letters[1:] == [".", "m"]:
        return letters[0] + "m", at + 3
    return letters[0], at + 1
