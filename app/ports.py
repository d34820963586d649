"""Ports: the pipeline's interfaces to external services. One contract suite runs on each adapter.

Every method blocks its caller; adapters that run on an event loop bridge to it themselves.
Errors are Transient, Permanent or Skip of app.errors; any other error is a bug and is retried as Transient.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, TypeVar, runtime_checkable

from app.domain.alerts import Destination, Notice
from app.domain.ask.answer import Answer, AskInput, Draft
from app.domain.export.plan import Closed, Closing, Part, PartWritten
from app.domain.messages import ChannelInfo, ChannelRef, Entity, Incoming, MediaRequest, StoredFile, Unparsed
from app.domain.reading import Analysis, LocalFacts, RawAnswer, Recipe
from app.domain.server_lessons import Endpoint, Lesson, RequestPart
from app.errors import MediaAuditError


class TelegramSource(Protocol):
    """Reads channels by ids, never by dates."""

    def resolve(self, reference: str) -> ChannelInfo:
        """Resolves @name, a t.me link or a numeric id. Permanent if no such channel exists or it is private to us."""

    def history(
        self, channel: ChannelRef, *, above: int = 0, below: int = 0, limit: int = 100
    ) -> list[Incoming | Unparsed]:
        """Messages with above < id (and id < below if below > 0), in ascending order of id.

        At most `limit`: the LOWEST ids above `above` if only `above` is given, else the highest ids.
        A Page, where the answer describes the channel.
        """

    def messages(self, channel: ChannelRef, ids: Sequence[int]) -> list[Incoming | Unparsed | None]:
        """One entry for each id, in order; None for a hole: a deleted message, an id that never existed, or a message
        that this account may not see. A Page, where the answer describes the channel."""

    def describe(self, channel: ChannelRef) -> ChannelInfo | None:
        """The channel with `hidden_until`; None if the answer cannot be read. Errors as in `resolve`."""


class MediaSource(Protocol):
    """Downloads files into the store."""

    def fetch(self, requests: Sequence[MediaRequest]) -> list[StoredFile | MediaAuditError]:
        """One entry for each request, in order; a failure is returned, not raised.

        The number of concurrent downloads is bounded across all callers.
        """


class IncomingFile(Protocol):
    """A file on its way into the store, which shows nothing of it before `finish`.

    A full, read-only or failing disk raises an uncharged Transient.
    """

    @property
    def size(self) -> int:
        """Bytes written so far."""

    def write(self, piece: bytes) -> None:
        """Appends the whole piece."""

    def finish(self) -> StoredFile:
        """Stores the file: hash, type by content, fsync, atomic rename."""

    def discard(self) -> None:
        """Forgets the file; harmless after `finish`."""


class MediaStore(Protocol):
    """Content-addressed files: named by sha256; each one is whole and synced, or absent."""

    def path(self, sha256: str) -> Path:
        """A local path with the file's bytes; FileNotFoundError if absent."""

    def incoming(self) -> IncomingFile:
        """A new file to write. Safe to repeat, and with several writers of the same bytes."""

    def temporary(self) -> Path:
        """A fresh path on the store's file system, as incoming files have."""


@dataclass(frozen=True)
class Strange:
    """A file in the store that no row of media_files names."""

    name: str
    size: int  # bytes


class MediaArchive(Protocol):
    """The whole store, for `verify`, its repairs and `forget`. A repair deletes nothing: it only moves files aside."""

    def there(self) -> bool:
        """Whether the store exists at all: a disk that is not mounted has lost no file."""

    def problem(self, sha256: str, size: int, *, fast: bool) -> str | None:
        """The defect of a stored file; None if it is whole. fast: checks its size alone."""

    def names(self) -> Iterator[list[str]]:
        """Yields the names of all files in batches."""

    def strange(self, name: str) -> Strange | None:
        """The file, if it is too old for any work under way to refer to it."""

    def abandoned(self) -> list[str]:
        """Names of temporary files that no process writes any more."""

    def set_aside(self, sha256: str) -> bool:
        """Moves a file aside; returns whether it existed and was unchanged."""

    def set_aside_temporary(self, name: str) -> bool:
        """Moves a temporary file aside; whether it existed."""

    def erase(self, sha256: str) -> bool:
        """Deletes a file with its copies: those set aside, and temporary ones that no process writes any more.

        Returns whether there was any. Durable when it returns; safe to repeat."""

    def stored_between(self, first: float, last: float) -> list[str]:
        """The names of files that were stored between two moments, in seconds of the epoch."""


@dataclass(frozen=True)
class MediaInput:
    """A stored file for a vision provider to read."""

    path: Path
    sha256: str
    mime: str  # by content
    size: tuple[int, int] | None = None  # width and height in pixels if known without the file


class Thumbnails(Protocol):
    """Thumbnails of media files, in each width of domain.thumbnails: made once, and again when they are lost."""

    def path(self, sha256: str, width: int) -> Path:
        """A local path with a thumbnail (WebP); FileNotFoundError if absent."""

    def whole(self, sha256: str) -> bool:
        """Whether a file has all its thumbnails."""

    def make(self, media: MediaInput) -> None:
        """Makes all thumbnails of a file, safe to repeat; Permanent for a file that cannot be decoded at all."""

    def remove(self, sha256: str) -> bool:
        """Removes the thumbnails of a file; returns whether there were any."""

    def names(self) -> Iterator[list[str]]:
        """Yields the sha256 of all files with any thumbnail, in batches."""


class VisionProvider(Protocol):
    """Reads one media file in one call (frames of a video and pages of a PDF go in that call)."""

    @property
    def recipe(self) -> Recipe:
        """Identity of the model, prompt and settings that this provider would read with."""

    def reads(self, mime: str) -> bool:
        """Whether this provider has a reader for the type."""

    def read(self, media: MediaInput) -> Analysis:
        """Reads the file and returns its analysis; Permanent for a file that cannot be decoded at all."""


Question = TypeVar("Question", contravariant=True)
Result = TypeVar("Result", covariant=True)


@runtime_checkable
class PaidModel(Protocol[Question, Result]):
    """A model whose answers cost money. Asking and interpreting are separate, so that paid answers are stored first."""

    @property
    def provider(self) -> str:
        """gigachat or openai: the provider whose budget pays."""

    @property
    def model(self) -> str:
        """The model's name, as configured."""

    def about(self, given: Question) -> str:
        """The value of RawAnswer.about for this question: sha256 in hex."""

    def estimate(self, given: Question) -> int:
        """The most tokens that `ask` may cost, which a budget reserves; 0 if it makes no call. Reads no file."""

    def estimate_repair(self) -> int:
        """An upper limit of tokens of `repair`."""

    def ask(self, given: Question) -> RawAnswer:
        """Makes one paid call. Raises RateLimited, Unavailable, Unanswered, OutOfCredit, Misconfigured or Refused; Skip
        for a too large input; Permanent and Transient mean that no call was made, and so does any error that is not of
        app.errors: a bug after the request left this machine is Unanswered, too."""

    def problem(self, raw: RawAnswer) -> str | None:
        """The problem that a repair would have to solve; None if the answer is right or refused, or if a repair would
        end in the same way."""

    def repair(self, raw: RawAnswer, problem: str) -> RawAnswer:
        """Makes one paid call for the same answer in the right form, without pictures; errors as in `ask`."""

    def interpret(self, given: Question, answers: Sequence[RawAnswer]) -> Result:
        """Interprets the answer and its repair, if any; free, and always with the same result for the same answers.

        Raises Refused if the model refused, NoAnswer if the answers have nothing that was asked for. Leaves out invalid
        parts, and reports them in the result."""


@runtime_checkable
class PaidVision(VisionProvider, PaidModel[MediaInput, Analysis], Protocol):
    """A paid reader of media files. `read` asks and interprets at once: for tests and commands without a ledger."""

    def look(self, media: MediaInput) -> LocalFacts:
        """The facts that decoding shows, free of charge: `ask` would put them beside its answer. Errors as in `ask`
        before its call."""


@dataclass(frozen=True)
class TagInput:
    """All inputs of tags; lists are in item order, texts are whole and never cut."""

    text: str  # the publication's text: captions of all items
    entities: tuple[tuple[str, tuple[Entity, ...]], ...]  # (text of an item, its entities)
    ocr: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    descriptions: tuple[str, ...] = ()
    classifications: tuple[str, ...] = ()
    language: str | None = None


@dataclass(frozen=True)
class Tagging:
    """Tags and their quality. problems: faults of the answers, because of which not all parts of them counted."""

    tags: list[str]
    status: Literal["ok", "partial"] = "ok"
    problems: tuple[str, ...] = ()


class Tagger(Protocol):
    """Makes 3 to 7 normalised tags, sorted and unique; fewer if the document says too little."""

    @property
    def version(self) -> str:
        """Identity of the method: changes whenever equal input and vocabulary may give other tags."""

    @property
    def vocabulary(self) -> str:
        """sha256 of the controlled vocabulary and its mode; empty without one."""

    def tag(self, document: TagInput) -> list[str]:
        """The tags."""


class ExportFiles(Protocol):
    """Writes exports. A part is written by any number of attempts, each of which leaves the others alone."""

    def write(self, part: Part) -> PartWritten:
        """Writes the part's publications, from the first on, until all are written or its time is up; one at least.

        Withheld while the disk is full or closed; Permanent where earlier parts are gone."""

    def close(self, given: Closing) -> Closed:
        """Makes the whole export out of its parts: there is none before, and all of it after. Once it is there, it is
        left as it is. Errors as `write`."""

    def path(self, directory: str) -> Path:
        """The directory of a whole export (FileNotFoundError if it is absent)."""

    def public_key(self) -> str:
        """The public key (PEM) whose other half signs; Withheld while the home is closed."""

    def remove(self, directory: str) -> None:
        """Removes what there is of an export; nothing where there is nothing. Withheld while the disk is closed."""


class ServerLessons(Protocol):
    """What servers of models do not take, as they said, for each model on each server. Never waits: not for a database.

    A lesson is known for a while alone: servers are updated."""

    def known(self, endpoint: Endpoint) -> Mapping[RequestPart, Lesson]:
        """The lessons about an endpoint that are still in force."""

    def learn(self, endpoint: Endpoint, lesson: Lesson) -> None:
        """Keeps a lesson in place of an earlier one about the same part."""


class Embedder(Protocol):
    """Turns text into vectors of unit length."""

    name: str
    dimensions: int

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """One vector for each text."""


class SpanScorer(Protocol):
    """Tells how well sentences answer a question."""

    name: str

    def score(self, question: str, posts: Sequence[Sequence[str]]) -> list[list[float]]:
        """For each span of each post the log odds that it answers the question; equal for equal input."""


class Answerer(Protocol):
    """Answers a question from the spans that it is offered, and from nothing else."""

    @property
    def version(self) -> str:
        """Identity of the method: changes whenever equal input may give another answer."""

    def answer(self, given: AskInput) -> Draft:
        """The answer; unchecked: its caller checks each sentence. A draft without sentences means: not found."""


@runtime_checkable
class PaidAnswerer(Answerer, PaidModel[AskInput, Draft], Protocol):
    """A paid answerer. `answer` asks and interprets at once: for tests and evaluations without a ledger."""


class CheckedAnswerer(Protocol):
    """An answerer whose sentences are checked in code. One of a paid model is a PaidModel, too."""

    @property
    def version(self) -> str:
        """As of the answerer."""

    def answer(self, given: AskInput) -> Answer:
        """The answer, each sentence with its verdict."""


class Notifier(Protocol):
    """Delivers notices of alerts."""

    def send(self, destination: Destination, notice: Notice) -> None:
        """Makes one attempt; it returns once the receiver has accepted the notice.

        Raises Transient (tried again), Permanent (no attempt will help) or Gone (the destination ends). Unanswered, if
        the notice may have arrived: only a medium whose receivers drop doubles by `notice.id` is tried again then.
        """
