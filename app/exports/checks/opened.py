"""Opens files of a foreign directory: regular ones alone, and no link on the way to them."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

CHUNK = 1024 * 1024  # bytes


class Unfit(Exception):
    """The path is no regular file below the directory. Its text says why."""


@contextmanager
def opened(root: Path, path: str) -> Iterator[BinaryIO]:
    """A file below root by its checked path. FileNotFoundError if absent; Unfit for a link, a directory, a device.

    It goes from directory to directory and follows no link: one that is put there meanwhile is refused, too.
    """
    *parents, name = path.split("/")
    at = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for parent in parents:
            inner = _open(parent, os.O_RDONLY | os.O_DIRECTORY, at)
            os.close(at)
            at = inner
        # Without O_NONBLOCK a pipe would be waited for.
        descriptor = _open(name, os.O_RDONLY | os.O_NONBLOCK, at)
    finally:
        os.close(at)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise Unfit("it is no regular file")
        yield file


def _open(name: str, flags: int, directory: int) -> int:
    try:
        return os.open(name, flags | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=directory)
    except FileNotFoundError:
        raise
    except OSError as error:
        with suppress(OSError):
            if stat.S_ISLNK(os.stat(name, dir_fd=directory, follow_symlinks=False).st_mode):
                raise Unfit("it is a link, or lies behind one") from error
        raise Unfit(f"it cannot be read: {error.strerror}") from error


def hash_of(file: BinaryIO) -> tuple[int, str]:
    """(bytes, SHA-256 in hex) of the rest of a file."""
    digest, size = sha256(), 0
    while data := file.read(CHUNK):
        digest.update(data)
        size += len(data)
    return size, digest.hexdigest()


def walk(root: Path, below: str = "") -> Iterator[tuple[str, bool]]:
    """(path, whether it is a regular file) of all below root but directories; follows no link."""
    with os.scandir(root / below) as found:
        entries = sorted(found, key=lambda one: one.name)
    for one in entries:
        path = f"{below}/{one.name}" if below else one.name
        if one.is_dir(follow_symlinks=False):
            yield from walk(root, path)
        else:
            yield path, one.is_file(follow_symlinks=False)
