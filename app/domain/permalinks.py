"""Addresses that open a message in Telegram, and the name of a channel in those of the page."""

from __future__ import annotations

_MARKED = 10**12  # bots and libraries write channel 123 as -1000000000123, which no link may contain


def permalink(username: str | None, telegram_id: int | None, message_id: int, *, single: bool = False) -> str:
    """https://t.me/<username>/<message>, or https://t.me/c/<bare id>/<message> for a channel without a name.

    The latter opens for members only. The lead message opens an album whole; single=True opens one item of it.
    telegram_id may have the -100 prefix. ValueError if the channel has neither username nor id.
    """
    if username:
        address = f"https://t.me/{username.removeprefix('@')}/{message_id}"
    elif telegram_id:
        address = f"https://t.me/c/{bare_id(telegram_id)}/{message_id}"
    else:
        raise ValueError("a permalink needs the channel's username or its id")
    return f"{address}?single" if single else address


def permalink_if_known(username: str | None, telegram_id: int | None, message_id: int) -> str | None:
    """The permalink of a lead message; None for a channel that was not resolved yet."""
    return permalink(username, telegram_id, message_id) if username or telegram_id else None


def channel_key(username: str | None, telegram_id: int | None, reference: str) -> str:
    """The name of a channel in addresses of the page: as Telegram's own links do, its username, else its id.

    reference: by which it was added; it stands for a channel that was not resolved yet.
    """
    return username or str(telegram_id or reference.removeprefix("@"))


def bare_id(telegram_id: int) -> int:
    """The positive id of a channel, with or without the -100 prefix in front."""
    return -telegram_id - _MARKED if telegram_id < -_MARKED else abs(telegram_id)
