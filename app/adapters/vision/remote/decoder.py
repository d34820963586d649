"""Decodes files in a child process, which may die of a bad file.

Paid calls run in threads of one process. A decoder that crashes in it would end other calls after they were paid and
before they were stored. The child ends at the end of its input, so it does not outlive even a killed parent.
"""

from __future__ import annotations

import atexit
import json
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, Any

from app import errors
from app.adapters.loop import Leaving
from app.adapters.vision.tuning import TUNING
from app.domain.page_limits import PageLimits
from app.domain.reading import LocalFacts
from app.errors import MediaAuditError, Transient
from app.ports import MediaInput
from app.process_singleton import process_singleton

BUSY_PAUSE = 5.0  # seconds until a retry if the decoder was busy


@dataclass(frozen=True)
class Limits:
    """Limits of pictures and pages."""

    max_side: int  # pixels of the longer side, as sent
    max_pixels: int  # of the file's own pictures
    max_bytes: int  # of one JPEG, as sent
    pictures: int = TUNING.strips  # of one question
    recognised: int = 3  # pages of a document, as sent
    texts: int = 200  # pages of a PDF whose own text is read

    @property
    def pages(self) -> PageLimits:
        """The limits of pages."""
        return PageLimits(self.recognised, self.texts)


@dataclass(frozen=True)
class Prepared:
    """The parts of one file to send: pictures (JPEG), or the beginning of a plain text."""

    pictures: tuple[bytes, ...]
    text: str | None
    facts: LocalFacts
    order: str | None = None  # of the parts of a long picture, in words; None if none was cut


class Decoder:
    """One child, started for the first file, decodes one file at a time: PDFium does not allow two threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._interrupted = False

    def prepare(self, media: MediaInput, limits: Limits, seconds: float) -> Prepared:
        """Decodes the frames, or the first pages. seconds: for the file, and the same to wait for files before it.

        Permanent if it cannot be decoded, Skip if it is too large, Transient if the child died or took too long; an
        uncharged Transient if the child was busy, because a longer wait would outlast the caller's lease.
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
        """Kills the child in the middle of its file, uncharged, because this process has to end."""
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
        """Process id of the child, None before the first file."""
        return self._child.pid if self._child else None

    def _prepared(self, media: MediaInput, limits: Limits, seconds: float) -> Prepared:
        request = {"path": str(media.path), "sha256": media.sha256, "mime": media.mime, **vars(limits)}
        if self._interrupted:
            raise Leaving
        try:
            return self._exchanged(request, seconds)
        except (OSError, EOFError, ValueError, TypeError, KeyError):  # no child, a broken pipe, half an answer
            self._end()
            raise Transient("the decoder died of this file, or took too long over it") from None

    def _exchanged(self, request: dict[str, Any], seconds: float) -> Prepared:
        child = self._running()
        timer = threading.Timer(seconds, child.kill)
        timer.start()
        try:
            return _exchanged(child, request)
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
            child.kill()  # it has no state to lose
            with suppress(OSError), child:  # the end closes its pipe, which may still hold a request for it
                pass


@process_singleton
def decoder() -> Decoder:
    """The decoder of this process."""
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
    return Prepared(pictures, answer["text"], LocalFacts.model_validate(answer["facts"]), answer["order"])


def _exactly(stream: IO[bytes], size: int) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        raise EOFError
    return data


def _raised(answer: dict[str, str]) -> MediaAuditError:
    kinds: dict[str, type[MediaAuditError]] = {"Permanent": errors.Permanent, "Skip": errors.Skip}
    return kinds.get(answer["error"], Transient)(answer["reason"])
