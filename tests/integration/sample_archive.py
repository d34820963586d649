"""The sample channels, read to their end in this process: an archive that holds every promise of the demo.

Its reader knows the pictures instead of looking at them: OCR of all of them takes a minute.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text

from app import db
from app.adapters.store import file_store
from app.adapters.tagger.local import LocalTagger
from app.adapters.telegram import connect_telegram
from app.demo.channels import SampleWorld, sample_world
from app.demo.expected import READ, Expected, expected
from app.demo.home import SHORT
from app.demo.telegram import PUBLIC_KEY, LoopbackTelegram
from app.domain.flow import Call
from app.domain.kinds import Classification
from app.domain.reading import Analysis, Inspection, Reading, Recipe
from app.operations import channels
from app.pipeline.engine.sweep import sweep
from app.pipeline.steps.poll import enqueue_polls
from app.ports import MediaInput, MediaStore
from app.settings import Settings, get_settings
from tests.drive import Drive, open_work
from tests.factories.readings import reading, recipe
from tests.factories.settings import telegram_environment
from tests.services import TestServices

QUICK = {**SHORT, "REPUBLISH_AFTER": "0", "SWEEP_INTERVAL": "0", "ALBUM_WAIT": "0", "ALBUM_POLLS": "1"}


@dataclass
class KnowingReader:
    """Vision port: knows the sample files by their hashes."""

    world: SampleWorld
    damaged: set[str]

    @property
    def recipe(self) -> Recipe:
        """Its identity."""
        return recipe("knowing")

    def reads(self, mime: str) -> bool:
        """The types that a real reader has."""
        return mime.startswith(READ)

    def read(self, media: MediaInput) -> Analysis:
        """The facts that the sample channels were drawn from."""
        facts = self.world.known[media.sha256]
        pages = 2 if media.mime == "application/pdf" else None
        fault = "cut" if media.sha256 in self.damaged else None
        return Analysis(
            reading=self._reading(media),
            raw={"known": media.sha256},
            inspection=Inspection(
                width=facts.width or 8,
                height=facts.height or 8,
                duration=facts.duration or None,
                pages=pages,
                damaged=fault,
            ),
            status="partial" if fault else "ok",
        )

    def _reading(self, media: MediaInput) -> Reading:
        facts = self.world.known[media.sha256]
        kind = facts.shows or Classification.OTHER
        named = "cat table" if kind is Classification.PHOTO else ""
        language = "ru" if facts.text else None
        return reading(
            named,
            facts.text or ("page" if media.mime == "text/html" else ""),
            classification=kind,
            phash=media.sha256[:16],
            colours=("#102030",),
            language=language,
            nsfw=0.01,
        )


class HashingEmbedder:
    """Embedder port: a unit vector that depends on nothing but the text."""

    name = "hashing"
    dimensions = 8

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """One vector for each text."""
        return [self._vector(hashlib.sha256(words.encode()).digest()) for words in texts]

    def _vector(self, digest: bytes) -> list[float]:
        numbers = [byte - 127.5 for byte in digest[: self.dimensions]]
        length = sum(number**2 for number in numbers) ** 0.5
        return [number / length for number in numbers]


@dataclass
class SampleArchive:
    """The archive at rest. Tests change it within transactions that they roll back."""

    engine: Engine
    store: MediaStore
    expected: Expected
    home: Path
    embedder: str = HashingEmbedder.name


def smaller(world: SampleWorld) -> SampleWorld:
    """The world without two thirds of its ordinary posts and albums: all that is rare stays."""
    sample = expected(world)
    odd = sample.damaged | sample.lying.keys() | {name for name, mime in sample.types.items() if mime != "image/jpeg"}
    rare = {key for key, name in sample.files.items() if name in odd} | sample.changed.keys()
    rare |= {key for key, message in sample.first.items() if message.forwarded or message.reply_to or message.service}
    groups = {(channel, sample.final[channel, number].grouped_id or number) for channel, number in rare}
    for channel in world.channels:
        channel.messages = {
            number: message
            for number, message in channel.messages.items()
            if (group := message.grouped_id or number) % 3 == 0 or (channel.telegram_id, group) in groups
        }
    return world


Part = Callable[[SampleWorld], SampleWorld]


@contextmanager
def sample_archive(services: TestServices, home: Path, samples: Path, part: Part = smaller) -> Iterator[SampleArchive]:
    """Reads a part of the sample channels with all its later changes. samples: where their media are kept."""
    world = part(sample_world(samples))
    sample = expected(world)
    with ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        url = stack.enter_context(services.database(services.template))
        server = stack.enter_context(LoopbackTelegram(world))
        settings = _configured(patch, server, url, home)
        stack.callback(_forget)
        store = file_store(settings)
        _read(server, world, sample, store)
        engine = create_engine(settings.database())
        stack.callback(engine.dispose)
        yield SampleArchive(engine, store, sample, home)


def _configured(patch: pytest.MonkeyPatch, server: LoopbackTelegram, url: str, home: Path) -> Settings:
    for name in Settings.model_fields:
        patch.delenv(name.upper(), raising=False)
    patch.setitem(Settings.model_config, "env_file", None)
    (home / "key.pem").write_text(PUBLIC_KEY)
    own = {"MEDIA_AUDIT_HOME": str(home), "DATABASE_URL": url, "TELEGRAM_TEST_RSA_KEY": str(home / "key.pem")}
    for name, value in {**QUICK, **telegram_environment(server.session()), **own, "SECRETS_DIR": ""}.items():
        patch.setenv(name, value)
    _forget()
    return get_settings()


def _read(server: LoopbackTelegram, world: SampleWorld, sample: Expected, store: MediaStore) -> None:
    adapter = connect_telegram(get_settings())
    reader = KnowingReader(world, sample.damaged)
    drive = Drive(adapter.source, adapter.media, store, LocalTagger(), reader, embedder=HashingEmbedder())
    try:
        with db.transaction() as session:
            channels.add(session, sample.references)
        while True:
            _to_the_end(drive)
            if not server.next_batch():
                break
    finally:
        adapter.close()
    with db.transaction() as session:  # as the relay does
        session.execute(text("UPDATE outbox_events SET published_at = now()"))
    db.engine().dispose()


def _to_the_end(drive: Drive) -> None:
    """A poll and all that follows, by sweeps alone: their messages hold many rows each, which takes a third of the
    time."""
    with db.transaction() as session:
        enqueue_polls(session)
    while open_work():
        for call in sweep():
            assert isinstance(call, Call)
            drive.do(call)


def _forget() -> None:
    if db.engine.cache_info().currsize:
        db.engine().dispose()
    db.engine.cache_clear()
    get_settings.cache_clear()
