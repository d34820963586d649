"""Reads the pictures and tags the posts. A failure is a result like any other: it never stops the run."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from app.adapters.llm.paid import with_repair
from app.domain.reading import Reading
from app.errors import RateLimited
from app.eval.cases import Case
from app.eval.posts import Post
from app.ports import MediaInput, PaidModel, Tagger, VisionProvider

Done = TypeVar("Done")
TRIES = 3  # attempts when the provider wants fewer calls, which costs nothing
LONGEST_WAIT = 60.0  # seconds


@dataclass(frozen=True)
class Shot:
    """A case as a file."""

    case: Case
    text: str
    media: MediaInput


@dataclass(frozen=True)
class Read:
    """The result of a picture: a reading, or an error's name and text. tokens: 0 for local and failed ones."""

    shot: Shot
    seconds: float
    reading: Reading | None = None
    tokens: int = 0
    partial: bool = False
    error: str | None = None
    reason: str = ""


@dataclass(frozen=True)
class Tagged:
    """The result of a post: its tags, or an error."""

    post: Post
    tags: tuple[str, ...] = ()
    tokens: int = 0
    error: str | None = None
    reason: str = ""


def drawn(cases: Iterable[Case], folder: Path) -> list[Shot]:
    """Draws the cases as files in a folder, named after them."""
    return [_drawn(case, folder) for case in cases]


def _drawn(case: Case, folder: Path) -> Shot:
    made = case.draw()
    path = folder / f"{case.section}-{case.look}.jpg"
    path.write_bytes(made.data)
    return Shot(case, made.text, MediaInput(path, hashlib.sha256(made.data).hexdigest(), "image/jpeg"))


def read(provider: VisionProvider, shot: Shot) -> Read:
    """Reads one picture."""
    started = time.monotonic()
    try:
        found = patient(lambda: provider.read(shot.media))
    except Exception as error:  # a bug in a provider is a result too: the other pictures are still to be read
        return Read(shot, time.monotonic() - started, error=type(error).__name__, reason=str(error))
    return Read(shot, time.monotonic() - started, found.reading, found.tokens, found.status == "partial")


def tag(tagger: Tagger, posts: Sequence[Post], readings: Mapping[str, Reading]) -> list[Tagged]:
    """Tags the posts with the readings of their pictures; leaves out posts whose picture has no reading.

    readings: name of the case -> reading.
    """
    wanted = [post for post in posts if post.picture is None or post.picture in readings]
    return [_tagged(tagger, post, readings.get(post.picture or "")) for post in wanted]


def _tagged(tagger: Tagger, post: Post, reading: Reading | None) -> Tagged:
    document = post.document(reading)
    try:
        if not isinstance(tagger, PaidModel):
            return Tagged(post, tuple(tagger.tag(document)))
        answers = with_repair(tagger, patient(lambda: tagger.ask(document)))
        tags = tuple(tagger.interpret(document, answers).tags)
        return Tagged(post, tags, sum(answer.tokens for answer in answers))
    except Exception as error:  # as above
        return Tagged(post, error=type(error).__name__, reason=str(error))


def patient(call: Callable[[], Done], sleep: Callable[[float], None] = time.sleep) -> Done:
    """Returns the call's result; waits and retries when the provider wants fewer calls. Other errors may have been
    charged and are not retried."""
    for _ in range(TRIES - 1):
        try:
            return call()
        except RateLimited as error:
            sleep(min(5.0 if error.retry_after is None else error.retry_after, LONGEST_WAIT))
    return call()
