"""Holds back requests that Telegram has just refused: repeated ones look like an attack, and each takes time."""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Literal, TypeVar

from app.domain.refusals import pause_after
from app.errors import Withheld

W = TypeVar("W", bound=Withheld)

Key = tuple[str, str]  # ("method", GetFileRequest), ("name", news), ("channel", id:hash), ("file", its key), ...
MOST = 10_000  # refused subjects to remember; the oldest gives way


Part = Literal["channel", "history", "files"]


def channel_key(telegram_id: int, access_hash: int, part: Part = "channel") -> Key:
    """The subject of a request about a channel, or about a part of it that may be refused by itself.

    A fresh access hash is another subject: an old one may be to blame.
    """
    return part, f"{telegram_id}:{access_hash}"


@dataclass
class _Hold:
    error: Withheld
    until: float  # monotonic seconds
    refusals: int  # in a row


class Holds:
    """The refused subjects of one account, in this process: the rows of work remember the rest."""

    def __init__(self) -> None:
        self._held: OrderedDict[Key, _Hold] = OrderedDict()

    def admit(self, *keys: Key) -> None:
        """Raises the refusal of a subject that is not to be asked about yet."""
        for key in keys:
            hold = self._held.get(key)
            if hold is not None and (rest := hold.until - time.monotonic()) > 0:
                raise _later(hold.error, rest)

    def refused(self, key: Key, error: W) -> W:
        """Notes a refusal; returns it with the seconds until the next request. Refusals at the same time count once."""
        now = time.monotonic()
        hold = self._held.get(key)
        if hold is None or hold.until <= now:
            count = hold.refusals + 1 if hold else 1
            hold = self._held[key] = _Hold(_later(error, 0.0), now + pause_after(count), count)
            self._held.move_to_end(key)
            if len(self._held) > MOST:
                self._held.popitem(last=False)
        return _later(error, hold.until - now)

    def allowed(self, *keys: Key) -> None:
        """Forgets the refusals of subjects that Telegram has just answered about.

        The history of a channel counts by itself while its newest posts can be read, and opens with its channel.
        """
        for key in keys if self._held else ():
            if self._held.pop(key, None) is not None and key[0] == "channel":
                self._held.pop(("history", key[1]), None)


def _later(error: W, seconds: float) -> W:
    """A copy without a traceback: one instance that is raised again and again would keep the frames of all callers."""
    fresh = type(error).__new__(type(error), *error.args)
    fresh.__dict__.update(error.__dict__, retry_after=seconds)
    return fresh
