"""Describes errors in words that hold nothing of an answer: its bytes contain names, numbers and access hashes."""

from __future__ import annotations

import re
import struct
import traceback

from telethon import errors

from app.errors import MediaAuditError

# The errors with which Telethon gives up on the bytes of an answer.
UNREADABLE = (
    errors.TypeNotFoundError,
    struct.error,
    BufferError,
    RuntimeError,
    ValueError,
    TypeError,
    AttributeError,
    ArithmeticError,
    LookupError,
    MemoryError,
)
_NAME = re.compile(r"[A-Z][A-Z0-9_]{1,63}")  # Telegram's errors are named so
_OTHER_NAMES = frozenset({"Timeout", "No workers running"})
_LONG_NUMBER = re.compile(r"\d{6,}")
_OF_A_LINE = re.compile(r"[A-Za-z0-9 ,.():/_-]{1,120}")  # Telethon's words about a connection
OURS = "adapters/telegram/"


def words(error: BaseException) -> str:
    """The class of the error and harmless words: a name, a constructor's number, a place in our code."""
    if isinstance(error, MediaAuditError):
        return str(error)
    if isinstance(error, errors.TypeNotFoundError):
        return f"Telethon does not know the constructor {constructor(error)}"
    if isinstance(error, errors.RPCError):
        return rpc_name(error)
    if isinstance(error, OSError | EOFError):
        return _of_the_line(error)
    place = _place(error)
    return f"{type(error).__name__} at {place}" if place else type(error).__name__


def constructor(error: BaseException) -> str | None:
    """The number of the form that Telethon does not know, in hex; None for other errors."""
    number = getattr(error, "invalid_constructor_id", None)
    return f"{number:#010x}" if isinstance(number, int) else None


def rpc_name(error: BaseException) -> str:
    """Telegram's name for an RPC error, or Telethon's; not Telethon's text, which shows requests."""
    if type(error) not in (errors.RPCError, *errors.base_errors.values()):
        return type(error).__name__.removesuffix("Error")
    name = str(getattr(error, "message", None) or "")
    known = _NAME.fullmatch(name) or name in _OTHER_NAMES
    return _LONG_NUMBER.sub("N", name) if known else f"{type(error).__name__} {getattr(error, 'code', '')}".strip()


def _of_the_line(error: BaseException) -> str:
    kind = type(error).__name__
    text = str(getattr(error, "strerror", None) or error)
    if not _OF_A_LINE.fullmatch(text):
        return kind
    return f"{kind}: {_LONG_NUMBER.sub('N', text)}"


def frames(error: BaseException) -> str:
    """The lines of code of a traceback, without the error's text and without values."""
    return "".join(traceback.format_tb(error.__traceback__))


def _place(error: BaseException) -> str | None:
    """File and line of the error in this package, the innermost one."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = next((frame for frame in reversed(frames) if OURS in frame.filename), None)
    return f"{ours.filename.rsplit('/', 1)[-1]}:{ours.lineno}" if ours else None
