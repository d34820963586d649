"""Tells errors of a decoder, which are facts about its file, from faults of this machine, which are not."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from app.errors import MediaAuditError, Permanent

# Decoders follow broken offsets and sizes of a file: the system refuses these, and its disk is sound.
BROKEN_OFFSETS = frozenset({errno.EINVAL, errno.EOVERFLOW, errno.EFBIG, errno.EDOM, errno.ERANGE, errno.EILSEQ})

ENOUGH = 256 * 1024**2  # bytes; a frame of the largest picture allowed takes about as much


@contextmanager
def bad_file(what: str) -> Iterator[None]:
    """Any error of a decoder becomes Permanent with a reason. what: "picture", "video".

    Our own errors pass, and so do those of this machine: no memory, a missing file, a full or broken disk.
    """
    try:
        yield
    except Exception as error:
        if isinstance(error, MediaAuditError) or of_this_machine(error):
            raise
        raise Permanent(f"not a {what} that can be decoded: {reason_of(error)}") from error


def of_this_machine(error: Exception) -> bool:
    """Whether the error tells nothing about the file. Decoders raise OSError, too, but without a number."""
    if isinstance(error, OSError):
        numbered = error.errno is not None and error.errno not in BROKEN_OFFSETS
        return numbered or isinstance(error, FileNotFoundError)  # which PDFium's wrapper raises without one
    return isinstance(error, MemoryError | ImportError)


def memory_left() -> bool:
    """Whether this process may still have memory: a decoder without any was then led on by a size in its file."""
    try:
        bytearray(ENOUGH)
    except MemoryError:
        return False
    return True


def reason_of(error: BaseException) -> str:
    """The decoder's message, without the path that Pillow puts into some messages."""
    text = str(error).split(" '/")[0].split(" <_io")[0].strip()
    return text[:300] or type(error).__name__
