"""Ports: what the pipeline needs from outside. One contract suite runs on each adapter.

Every method blocks its caller; adapters that live on an event loop bridge to it themselves.
Errors are Transient, Permanent or Skip of app.errors; anything else is a bug and is retried as Transient.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, TypeVar, runtime_checkable

from app.domain.messages import ChannelInfo, ChannelRef, Entity, Incoming, MediaRequest, StoredFile, Unparsed
from app.domain.reading import Analysis, LocalFacts, RawAnswer, Recipe
from app.errors import MediaAuditError


class TelegramSource(Protocol):
    """Reads channels by ids, never by dates."""

    def resolve(self, reference: str) -> ChannelInfo:
        """@name, a t.me link or a numeric id -> the channel. Permanent when there is none or it is private to us."""

    def history(
        self, channel: ChannelRef, *, above: int = 0, below: int = 0, limit: int = 100
    ) -> list[Incoming | Unparsed]:
        """Messages with above < id (< below when below > 0), newest first when below or nothing is given,
        the `limit` LOWEST ids above `above` when only `above` is given; always returned in ascending order of id."""

    def messages(self, channel: ChannelRef, ids: Sequence[int]) -> list[Incoming | Unparsed | None]:
        """One entry for each id, in order; None for a hole (deleted or never there)."""


class MediaSource(Protocol):
    """Brings files into the store."""

    def fetch(self, requests: Sequence[MediaRequest]) -> list[StoredFile | MediaAuditError]:
        """One entry for each request, in order; a failure is returned, not raised.

        Files in flight are bounded across all callers.
        """


class MediaStore(Protocol):
    """Content-addressed bytes: named by sha256, whole and synced or absent."""

    def path(self, sha256: str) -> Path:
        """A local path with the file's bytes (FileNotFoundError when absent)."""

    def put(self, source: Path) -> StoredFile:
        """Takes over a finished temporary file: hash, type by content, fsync, atomic rename. Safe to repeat."""

    def temporary(self) -> Path:
        """A fresh path on the store's file system for an incoming file."""


@dataclass(frozen=True)
class Strange:
    """A file in the store that no row names."""

    name: str
    size: int  # bytes


class MediaArchive(Protocol):
    """The store as a whole, for whoever verifies it. Deletes nothing: what is set aside is moved out of the way."""

    def there(self) -> bool:
        """Whether the store is there at all: a disk that is not mounted has lost no file."""

    def problem(self, sha256: str, size: int, *, fast: bool) -> str | None:
        """What is wrong with a stored file; None when it is whole. fast: by its size alone."""

    def names(self) -> Iterator[list[str]]:
        """The names of all files, some at a time."""

    def strange(self, name: str) -> Strange | None:
        """The file, if it has lain there for so long that nobody's work can be about it."""

    def abandoned(self) -> list[str]:
        """Names of temporary files that nobody writes to any more."""

    def set_aside(self, sha256: str) -> bool:
        """Moves a file out of the way; whether it was there, and still the same."""

    def set_aside_temporary(self, name: str) -> bool:
        """The same for a temporary file."""


@dataclass(frozen=True)
class MediaInput:
    """A stored file to be read."""

    path: Path
    sha256: str
    mime: str  # by content


class VisionProvider(Protocol):
    """Reads one media file in one call (frames of a video and pages of a PDF go in that call)."""

    @property
    def recipe(self) -> Recipe:
        """Identity of what this provider would read with."""

    def reads(self, mime: str) -> bool:
        """Whether this provider has a reader for the type."""

    def read(self, media: MediaInput) -> Analysis:
        """The analysis; Permanent for a file that cannot be decoded at all."""


Question = TypeVar("Question", contravariant=True)
Result = TypeVar("Result", covariant=True)


@runtime_checkable
class PaidModel(Protocol[Question, Result]):
    """A model whose answers cost money. Asking and interpreting are apart, so that what was paid is stored first."""

    @property
    def provider(self) -> str:
        """gigachat or openai: whose budget pays."""

    @property
    def model(self) -> str:
        """The model's name, as configured."""

    def about(self, given: Question) -> str:
        """RawAnswer.about of an answer about this; sha256 in hex."""

    def estimate(self, given: Question) -> int:
        """The most tokens that `ask` may cost: what a budget reserves; 0 where it asks nobody. Reads no file."""

    def estimate_repair(self) -> int:
        """The most tokens that `repair` may cost."""

    def ask(self, given: Question) -> RawAnswer:
        """One paid call. RateLimited, Unavailable, Unanswered, OutOfCredit, Misconfigured, Refused; Skip for what is
        too large; Permanent and Transient say that nothing was asked."""

    def problem(self, raw: RawAnswer) -> str | None:
        """What a repair would have to mend; None when the answer is right, refused, or would end as it did."""

    def repair(self, raw: RawAnswer, problem: str) -> RawAnswer:
        """One paid call for the same answer in the right form, without pictures; errors as `ask`."""

    def interpret(self, given: Question, answers: Sequence[RawAnswer]) -> Result:
        """What the answer, and its repair if there was one, say; free, and always the same for the same answers.

        Refused when the model would not speak. What is wrong is left out, and said so."""


@runtime_checkable
class PaidVision(VisionProvider, PaidModel[MediaInput, Analysis], Protocol):
    """A paid reader of media files. `read` is all of it at once: for tests and commands that keep no ledger."""

    def look(self, media: MediaInput) -> LocalFacts:
        """What decoding shows, for nothing: what `ask` would put beside its answer. Errors as `ask` before it asks."""


@dataclass(frozen=True)
class TagInput:
    """Everything that tags are made from; lists are in item order, whole texts, never cut."""

    text: str  # the publication's text: captions of all items
    entities: tuple[tuple[str, tuple[Entity, ...]], ...]  # (text of an item, its entities)
    ocr: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    descriptions: tuple[str, ...] = ()
    classifications: tuple[str, ...] = ()
    language: str | None = None


@dataclass(frozen=True)
class Tagging:
    """Tags and how they were come by. problems: what was wrong with the answers, so that not all of them counted."""

    tags: list[str]
    status: Literal["ok", "partial"] = "ok"
    problems: tuple[str, ...] = ()


class Tagger(Protocol):
    """Makes 3 to 7 normalised tags, sorted and unique, fewer when there is nothing to say."""

    @property
    def version(self) -> str:
        """Changes whenever equal input and vocabulary may give other tags."""

    @property
    def vocabulary(self) -> str:
        """sha256 of the controlled vocabulary and its mode; empty without one."""

    def tag(self, document: TagInput) -> list[str]:
        """The tags."""


class PaidTagger(Tagger, PaidModel[TagInput, Tagging], Protocol):
    """A paid tagger. `tag` is all of it at once: for tests and commands that keep no ledger."""


class Embedder(Protocol):
    """Turns text into vectors of unit length."""

    name: str
    dimensions: int

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """One vector for each text."""
