"""Judges the size of a file: Telegram's announcement is a claim, the bytes that it serves are the file."""

from __future__ import annotations

from app.domain.messages import MediaRequest
from app.errors import Skip, Transient

MIB = 1024 * 1024
BLOCK = 1024  # bytes: servers cut an answer short at a multiple of it, files seldom end there


def check_file(request: MediaRequest) -> None:
    """Skip for a medium without a file."""
    if not request.media.key or not request.media.location:
        raise Skip("there is no file behind this medium")


def check_beyond(served: bytes, before: int, announced: int, most: int) -> None:
    """Skip for a file that is announced above the limit and has bytes there.

    served: the answer for a range that begins at or before the limit. before: bytes of that range up to the limit.
    """
    if len(served) > before:
        raise Skip(f"{announced} bytes are above the limit of MEDIA_MAX_BYTES={most}")


def check_served(size: int, announced: int, most: int) -> None:
    """Skip for a file that turns out to be above the limit while it comes. Sizes in bytes."""
    if size > most:
        raise Skip(f"announced as {announced} bytes, and more than MEDIA_MAX_BYTES={most} are served")


def check_end(size: int, announced: int) -> None:
    """Refuses a file without a byte: Skip if it was announced as empty, else Transient."""
    if size:
        return
    if announced:
        raise Transient(f"Telegram serves none of the {announced} bytes that it announced")
    raise Skip("the file is empty: Telegram announces no byte and serves none")


def is_proven(size: int, announced: int) -> bool:
    """Whether the answers so far show the end: they bring the announced bytes, and their requests asked for more.

    No request crosses a multiple of 1 MiB, and an answer that was cut short may end by chance where a wrong size says:
    files with such a length need two more requests.
    """
    return size == announced and size % BLOCK != 0
