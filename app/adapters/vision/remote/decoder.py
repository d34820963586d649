"""Decoding in a process of its own, which may die of a bad file.

Paid calls run in threads of one process: a decoder that crashed in it would take other calls along after they were
paid and before they were stored. The child ends when its input does, so it outlives no one, not even a killed parent.
"""

from __future__ import annotations

import atexit
import json
import subprocess
import sys
import threading
from dataclasses import dataclass
from typing import IO, Any

from app import errors
from app.adapters.loop import Leaving
from app.domain.reading import LocalFacts
from app.errors import MediaAuditError, Transient
from app.ports import MediaInput
from app.process_singleton import process_singleton

BUSY_PAUSE = 5.0  # seconds until somebody for whom the decoder had no time comes again


@dataclass(frozen=True)
class Limits:
    """How large pictures may be."""

    max_side: int  # pixels of the longer side, as sent
    max_pixels: int  # of the file's own pictures
    max_bytes: int  # of one JPEG, as sent


@dataclass(frozen=True)
class Prepared:
    """What is sent of one file: pictures (JPEG), or the beginning of a plain text."""

    pictures: tuple[bytes, ...]
    text: str | None
    facts: LocalFacts


class Decoder:
    """One child, started by the first file, for one file at a time: PDFium is not to be used by two threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._interrupted = False

    def prepare(self, media: MediaInput, limits: Limits, seconds: float) -> Prepared:
        """Up to three frames or pages in one go. seconds: for the file, and as many to wait for those before it.

        Permanent for what cannot be decoded, Skip for what is too large, Transient when the child died or took too
        long; an uncharged one when it had no time at all: who waited longer would outlive his lease.
        """
        if not self._lock.acquire(timeout=seconds):
            raise Transient("the decoder is busy", BUSY_PAUSE, charge=False)
        try:
            return self._prepared(media, limits, seconds)
        except Transient:
            if self._interrupted:
                raise Leaving from None
            raise
        finally:
            self._lock.release()

    def interrupt(self) -> None:
        """The process is told to end: ends the child in the middle of its file, which is charged nothing for it."""
        self._interrupted = True
        child = self._child
        if child is not None:
            child.kill()

    def close(self) -> None:
        """Ends the child; the next file starts another one."""
        with self._lock:
            self._end()

    @property
    def pid(self) -> int | None:
        """Of the child, None before the first file."""
        return self._child.pid if self._child else None

    def _prepared(self, media: MediaInput, limits: Limits, seconds: float) -> Prepared:
        request = {"path": str(media.path), "sha256": media.sha256, "mime": media.mime, **vars(limits)}
        if self._interrupted:
            raise Leaving
        child = self._running()
        timer = threading.Timer(seconds, child.kill)
        timer.start()
        try:
            return _exchanged(child, request)
        except (OSError, EOFError, ValueError):
            self._end()
            raise Transient("the decoder died of this file, or took too long over it") from None
        finally:
            timer.cancel()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._child is None or self._child.poll() is not None:
            self._end()
            command = [sys.executable, "-m", "app.adapters.vision.remote.child"]
            self._child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        return self._child

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.kill()  # it holds nothing that could be lost
            with child:
                pass


@process_singleton
def decoder() -> Decoder:
    """The one of this process."""
    made = Decoder()
    atexit.register(made.close)
    return made


def _exchanged(child: subprocess.Popen[bytes], request: dict[str, Any]) -> Prepared:
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write(json.dumps(request).encode() + b"\n")
    child.stdin.flush()
    answer = json.loads(child.stdout.readline())
    if "error" in answer:
        raise _raised(answer)
    pictures = tuple(_exactly(child.stdout, size) for size in answer["sizes"])
    return Prepared(pictures, answer["text"], LocalFacts.model_validate(answer["facts"]))


def _exactly(stream: IO[bytes], size: int) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        raise EOFError
    return data


def _raised(answer: dict[str, str]) -> MediaAuditError:
    kinds: dict[str, type[MediaAuditError]] = {"Permanent": errors.Permanent, "Skip": errors.Skip}
    return kinds.get(answer["error"], Transient)(answer["reason"])
