"""Small worlds for the pipeline's tests: tiny pictures that say what they show, and the flow over real parts."""

from __future__ import annotations

import hashlib
import io
import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from PIL import Image
from sqlalchemy import text

from app import db
from app.adapters.tagger.local import LocalTagger
from app.demo.telegram import LoopbackTelegram
from app.demo.world import Channel, Delete, File, FileKind, Message, Post
from app.domain.flow import Call
from app.domain.kinds import Classification, Step
from app.domain.messages import ChannelInfo, ChannelRef, Incoming, MediaRequest, StoredFile, Unparsed
from app.domain.reading import Analysis, Inspection, Label, Ocr, Reading, Recipe
from app.errors import MediaAuditError, Permanent
from app.ports import MediaInput, MediaSource, TagInput, TelegramSource
from tests.drive import Drive

T = TypeVar("T")

NEWS, CITY = 1_500_000_001, 1_500_000_002
START = datetime(2024, 3, 1, 12, tzinfo=UTC)  # long ago: albums of that day wait for nobody
BROKEN = b"\xff\xd8\xff\xe0 a photograph that was cut short"

_ids = itertools.count(1)


def picture(shows: str = "", ocr: str = "") -> bytes:
    """A JPEG of 8 by 8 pixels unlike any other; its comment says what the test's reader finds in it."""
    number = next(_ids)
    image = Image.new("RGB", (8, 8), (number % 256, number // 256 % 256, 99))
    data = io.BytesIO()
    image.save(data, "JPEG", comment=f"{shows}|{ocr}|{number}".encode())
    return data.getvalue()


def photo(shows: str = "", ocr: str = "", *, data: bytes | None = None) -> File:
    """A Telegram photo with an id of its own."""
    return _file("photo", picture(shows, ocr) if data is None else data)


def document(data: bytes, kind: FileKind = "document", mime: str = "application/octet-stream") -> File:
    """Any other file."""
    return _file(kind, data, mime)


def _file(kind: FileKind, data: bytes, mime: str = "image/jpeg") -> File:
    return File(10_000 + next(_ids), kind, data, mime, width=8, height=8, duration=1.0)


def message(id: int, words: str = "", file: File | None = None, **rest: Any) -> Message:
    """A message of START; rest: fields of app.demo.world.Message."""
    rest.setdefault("date", START + timedelta(minutes=id))
    return Message(id, text=words, file=file, **rest)


def album(ids: Iterable[int], grouped_id: int, captions: Mapping[int, str] | None = None, **rest: Any) -> list[Message]:
    """Photos of one album, posted in the same second."""
    rest.setdefault("date", START)
    return [message(i, (captions or {}).get(i, ""), photo(), grouped_id=grouped_id, **rest) for i in ids]


def texts(ids: Iterable[int]) -> list[Message]:
    """Messages without media."""
    return [message(i, f"Text number {i}") for i in ids]


def now() -> datetime:
    """The present, as Telegram dates messages."""
    return datetime.now(UTC).replace(microsecond=0)


@dataclass
class PictureReader:
    """Vision port: reads the comment of a JPEG and the words that `sees` knows for it. `calls` is its ledger."""

    model: str = "reader"
    prompt: str = "0" * 64  # hash of what it is asked
    sees: dict[str, str] = field(default_factory=dict)  # what another model says instead, by what the picture shows
    calls: list[str] = field(default_factory=list)  # sha256 of each file read
    failures: dict[str, list[MediaAuditError]] = field(default_factory=dict)  # by what is shown; each raised once
    pool: list[int] = field(default_factory=list)  # connections of ours that were in use during each call

    @property
    def recipe(self) -> Recipe:
        """Its identity."""
        return Recipe(provider="test", model=self.model, prompt_hash=self.prompt)

    def reads(self, mime: str) -> bool:
        """Pictures only."""
        return mime == "image/jpeg"

    def read(self, media: MediaInput) -> Analysis:
        """What the comment says."""
        self.calls.append(media.sha256)
        self.pool.append(checked_out())
        shows, ocr, _ = self._comment(media).split("|")
        if waiting := self.failures.get(shows):
            raise waiting.pop(0)
        labels = self.sees.get(shows, shows).split()
        reading = Reading(
            classification=Classification.PHOTO,
            labels=tuple(Label(name=name, score=0.9) for name in labels),
            ocr=Ocr(text=ocr, engine="comment", confidence=1.0) if ocr else None,
        )
        return Analysis(reading=reading, raw={"comment": shows}, inspection=Inspection(width=8, height=8))

    def _comment(self, media: MediaInput) -> str:
        try:
            with Image.open(media.path) as image:
                image.load()
                comment: bytes = image.info["comment"]
                return comment.decode()
        except OSError as error:
            raise Permanent("this is no picture") from error


class CountingTagger(LocalTagger):
    """The local tagger with a ledger."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[TagInput] = []
        self.failures: list[MediaAuditError] = []  # each raised once

    def tag(self, document: TagInput) -> list[str]:
        """The tags."""
        self.calls.append(document)
        if self.failures:
            raise self.failures.pop(0)
        return super().tag(document)


class WatchedSource:
    """The real source and downloader; notes whether a connection of ours was held while they were at work."""

    def __init__(self, source: TelegramSource, media: MediaSource) -> None:
        self._source = source
        self._media = media
        self.pool: list[int] = []

    def resolve(self, reference: str) -> ChannelInfo:
        """See TelegramSource."""
        self.pool.append(checked_out())
        return self._source.resolve(reference)

    def history(
        self, channel: ChannelRef, *, above: int = 0, below: int = 0, limit: int = 100
    ) -> list[Incoming | Unparsed]:
        """See TelegramSource."""
        self.pool.append(checked_out())
        return self._source.history(channel, above=above, below=below, limit=limit)

    def messages(self, channel: ChannelRef, ids: Sequence[int]) -> list[Incoming | Unparsed | None]:
        """See TelegramSource."""
        self.pool.append(checked_out())
        return self._source.messages(channel, ids)

    def fetch(self, requests: Sequence[MediaRequest]) -> list[StoredFile | MediaAuditError]:
        """See MediaSource."""
        self.pool.append(checked_out())
        return self._media.fetch(requests)


def checked_out() -> int:
    """Connections of this process's pool that are in use."""
    pool: Any = db.engine().pool
    return int(pool.checkedout())


@dataclass
class Flow:
    """The whole pipeline in this process: a loopback Telegram in front, a database behind."""

    server: LoopbackTelegram
    drive: Drive
    vision: PictureReader
    tagger: CountingTagger

    def post(self, *messages: Message, channel: int = NEWS) -> None:
        """Messages appear, or change if their ids are there."""
        for one in messages:
            self.server.apply(Post(channel, one))

    def delete(self, *ids: int, channel: int = NEWS) -> None:
        """Messages disappear."""
        for one in ids:
            self.server.apply(Delete(channel, one))

    def watch(self, *names: str) -> Flow:
        """Watches channels and reads their history to the end."""
        self.drive.watch(*(names or ("@news",)))
        return self.run()

    def run(self) -> Flow:
        """A poll and everything that follows from it, to the end."""
        self.drive.poll()
        self.drive.settle()
        return self

    def done(self, step: Step) -> list[Call]:
        """The calls of one step so far."""
        return [call for call in self.drive.calls if call.step is step]


def elsewhere(action: Callable[[], T]) -> T:
    """Another process does it meanwhile: what is forbidden to the step at work here is none of its business."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(action).result()


def channel(id: int = NEWS, name: str | None = "news") -> Channel:
    """An empty channel."""
    return Channel(id, id + 7, f"The {name}", name)


def rows(query: str, **parameters: object) -> list[tuple[Any, ...]]:
    """Rows of the database."""
    with db.transaction() as session:
        return [tuple(row) for row in session.execute(text(query), parameters)]


def one(query: str, **parameters: object) -> Any:
    """The single value of the single row."""
    [[value]] = rows(query, **parameters)
    return value


def change(statement: str, **parameters: object) -> None:
    """Changes rows behind the pipeline's back, as a crash or an operator would."""
    with db.transaction() as session:
        session.execute(text(statement), parameters)


def sha256(file: File) -> str:
    """The name of a file's bytes in the store."""
    return hashlib.sha256(file.read()).hexdigest()


def work(step: Step) -> list[tuple[Any, ...]]:
    """(subject, revision, state, reason) of a step's rows, oldest first."""
    return rows("SELECT subject_id, revision, state, reason FROM work WHERE step = :step ORDER BY id", step=step.value)


def albums() -> list[tuple[Any, ...]]:
    """(grouped_id, kind, items_count, state, message ids in order of position) of every album, by its first item."""
    return rows(
        "SELECT g.grouped_id, g.album_kind, g.items_count, g.state,"
        " array_agg(p.telegram_message_id ORDER BY i.position)"
        " FROM media_groups g LEFT JOIN media_group_items i ON i.group_id = g.id LEFT JOIN posts p ON p.id = i.post_id"
        " GROUP BY g.id ORDER BY g.channel_id, min(p.telegram_message_id)"
    )


def revision(message_id: int) -> int:
    """The revision of the publication that a message belongs to."""
    value = one(
        "SELECT b.revision FROM publications b JOIN posts p ON p.publication_id = b.id"
        " WHERE p.telegram_message_id = :id",
        id=message_id,
    )
    return int(value)


def enrichment(message_id: int, kind: str) -> dict[str, Any] | None:
    """The metadata that a message resolves to through its publication's lead post."""
    found = rows(
        "SELECT e.metadata FROM posts p JOIN publications b ON b.id = p.publication_id"
        " JOIN post_enrichment e ON e.post_id = b.lead_post_id AND e.kind = :kind WHERE p.telegram_message_id = :id",
        id=message_id,
        kind=kind,
    )
    return found[0][0] if found else None


def lineage(message_id: int) -> list[tuple[Any, ...]]:
    """(trigger, reason, whether the tagger was called, added, removed) of a message's publication, oldest first."""
    return rows(
        "SELECT t.trigger, t.reason, t.called_tagger, t.added, t.removed FROM tag_changes t"
        " JOIN posts p ON p.publication_id = t.publication_id WHERE p.telegram_message_id = :id ORDER BY t.id",
        id=message_id,
    )


def events(routing_key: str) -> list[tuple[Any, ...]]:
    """(publication, revision, idempotency key) of the events with this routing key, oldest first."""
    return rows(
        "SELECT publication_id, (payload->>'revision')::int, idempotency_key FROM outbox_events"
        " WHERE routing_key = :key ORDER BY id",
        key=routing_key,
    )
