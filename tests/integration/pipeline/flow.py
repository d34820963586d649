"""The pipeline in this process over real parts, with a reader and a tagger that keep a ledger."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import get_ident
from typing import Any, TypeVar

from PIL import Image
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from app import db
from app.adapters.store import file_store
from app.adapters.tagger.local import LocalTagger
from app.adapters.telegram import TelegramAdapter, connect_telegram
from app.demo.telegram import LoopbackTelegram
from app.demo.world import Delete, Message, Post
from app.domain.flow import Call
from app.domain.kinds import Classification, Step
from app.domain.messages import ChannelInfo, ChannelRef, Incoming, MediaRequest, StoredFile, Unparsed
from app.domain.reading import Analysis, Inspection, Reading, Recipe
from app.errors import MediaAuditError, Permanent
from app.ports import MediaInput, MediaSource, TagInput, TelegramSource
from app.settings import get_settings
from tests.drive import Drive
from tests.factories.readings import reading, recipe
from tests.factories.worlds import NEWS
from tests.integration.pipeline.database import change

T = TypeVar("T")


@dataclass
class PictureReader:
    """Vision port: reads the comment of a JPEG and the words that `sees` knows for it. `calls` is its ledger."""

    model: str = "reader"
    prompt: str = "0" * 64  # hash of what it is asked
    sees: dict[str, str] = field(default_factory=dict)  # what another model says instead, by what the picture shows
    readings: dict[str, Reading] = field(default_factory=dict)  # whole, in their place
    calls: list[str] = field(default_factory=list)  # sha256 of each file read
    failures: dict[str, list[MediaAuditError]] = field(default_factory=dict)  # by what is shown; each raised once
    pool: list[int] = field(default_factory=list)  # connections of ours that were in use during each call

    @property
    def recipe(self) -> Recipe:
        """Its identity."""
        return recipe(self.model, prompt_hash=self.prompt)

    def reads(self, mime: str) -> bool:
        """Pictures only."""
        return mime == "image/jpeg"

    def read(self, media: MediaInput) -> Analysis:
        """What the comment says."""
        self.calls.append(media.sha256)
        self.pool.append(checked_out())
        shows, words, _ = self._comment(media).split("|")
        if waiting := self.failures.get(shows):
            raise waiting.pop(0)
        seen = self.sees.get(shows, shows)
        read = self.readings.get(shows) or reading(seen, words, classification=Classification.PHOTO)
        return Analysis(reading=read, raw={"comment": shows}, inspection=Inspection(width=8, height=8))

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

    def describe(self, channel: ChannelRef) -> ChannelInfo | None:
        """See TelegramSource."""
        self.pool.append(checked_out())
        return self._source.describe(channel)

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
    adapter: TelegramAdapter

    def connect(self) -> None:
        """New workers, by the settings of now: what Telegram refused to those before they do not know."""
        self.adapter.close()
        self.adapter = connect_telegram(get_settings())
        self.drive.source = self.drive.media = WatchedSource(self.adapter.source, self.adapter.media)
        self.drive.store = file_store(get_settings())

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


@contextmanager
def moved_on(publication: int) -> Iterator[list[str]]:
    """Another process edits the publication as often as this one is about to commit; the errors that it meets."""
    ours, met = get_ident(), list[str]()

    def edit() -> None:
        try:
            change(f"SET LOCAL lock_timeout = 100; UPDATE publications SET revision = 2 WHERE id = {publication}")
        except OperationalError as error:
            met.append(type(error.orig).__name__)

    def committing(_: object) -> None:
        if get_ident() == ours:
            elsewhere(edit)

    event.listen(db.engine(), "commit", committing)
    yield met
    event.remove(db.engine(), "commit", committing)


def elsewhere(action: Callable[[], T]) -> T:
    """Another process does it meanwhile: it may do all that the step at work here must not."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(action).result()
