"""Channels of the loopback Telegram: empty, or with one message of every kind."""

from __future__ import annotations

from app.demo.world import Channel, Message

NEWS, CITY = 1_500_000_001, 1_500_000_002


def channel(id: int = NEWS, name: str | None = "news", *messages: Message) -> Channel:
    """A channel with these messages. name: without @, None for a private channel."""
    return Channel(id, id + 7, f"The {name}", name, messages={one.id: one for one in messages})


def channels(count: int, first: int, name: str) -> list[Channel]:
    """Empty channels with successive ids, @name_0 and so on."""
    return [channel(first + number, f"{name}_{number}") for number in range(count)]
