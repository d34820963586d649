"""The forms in which a channel is referred to: @name, or Telegram's number with -100 in front."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

_MARK = 10**12  # Telegram's clients write -100 in front of a channel's number: -(10^12 + id)


def numbered(telegram_id: int) -> str:
    """123 -> -1000000000123, the form that clients show."""
    return str(-_MARK - telegram_id)


def among(name: str, names: Iterable[str]) -> bool:
    """Whether a name, with or without @, is one of these. Telegram's names ignore case."""
    wanted = name.removeprefix("@").lower()
    return any(wanted == one.removeprefix("@").lower() for one in names)


def references(telegram_id: int | None, names: Iterable[str]) -> Iterator[str]:
    """The forms for a channel with these names, the best first."""
    yield from (f"@{name}" for name in list(names)[:1])
    if telegram_id is not None:
        yield numbered(telegram_id)


def addresses(reference: str, telegram_id: int, names: Iterable[str]) -> tuple[str, ...]:
    """The forms by which a known channel may be found: its names of today, its reference, its number; each once."""
    by_name = [f"@{name}" for name in names]
    if reference.startswith("@") and not among(reference, by_name):
        by_name.append(reference)
    return (*by_name, numbered(telegram_id))
