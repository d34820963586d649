"""The options --media, --max-size and --since of `channels add` and `channels set`, and the words for their result."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

import click

from app.cli.output import size
from app.domain.fetching import parse_kinds, parse_since, parse_size
from app.status.left_out import LeftOutCount

F = TypeVar("F", bound=Callable[..., Any])

OPTIONS = (
    click.option(
        "--media",
        metavar="KINDS",
        help="Fetch only these kinds of files: photo,video,audio,document, or all, or none. "
        "GIFs and round videos are videos, voice messages are audio, stickers are documents or videos.",
    ),
    click.option(
        "--max-size",
        metavar="SIZE",
        help="Fetch no larger files: 50MB, 1.5GiB, or none for no limit. Telegram announces the sizes.",
    ),
    click.option(
        "--since",
        metavar="DATE",
        help="Read no history and fetch no files of posts before this day (UTC): 2024-01-31, or none for no limit.",
    ),
)


def fetch_options(command: F) -> F:
    """Adds the options to a command, which gets `media`, `max_size` and `since` as the user wrote them."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


def given_changes(media: str | None, max_size: str | None, since: str | None) -> dict[str, Any]:
    """The fields of FetchRules that the options change. click.BadParameter names the form of a wrong one."""
    today = datetime.now(UTC).date()
    readers: dict[str, tuple[str, str | None, Callable[[str], Any]]] = {
        "kinds": ("--media", media, parse_kinds),
        "max_bytes": ("--max-size", max_size, parse_size),
        "since": ("--since", since, lambda text: parse_since(text, today)),
    }
    return {name: _read(option, text, parse) for name, (option, text, parse) in readers.items() if text is not None}


def _read(option: str, text: str, parse: Callable[[str], Any]) -> Any:
    try:
        return parse(text)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint=option) from error


def left_out_words(left: LeftOutCount) -> str:
    """Files and bytes in words: 12 files, 3.4 GB."""
    return f"{left.files:,} {'file' if left.files == 1 else 'files'}, {size(left.bytes)}"
