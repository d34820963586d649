"""Makes adapters from settings, as the only module that knows both. Each process makes one of a kind, at first use.

The function that makes an adapter imports it: without Telethon, a worker that never talks to Telegram saves half a
second of processor time at its start, and six processes start.
"""

from __future__ import annotations

import gc
from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy.exc import InterfaceError, OperationalError

from app.db import transaction
from app.domain.alerts import Medium
from app.domain.messages import Account
from app.domain.reading import LocalFacts
from app.pipeline.engine.server_lessons import server_lessons
from app.pipeline.posts.channels import account_of
from app.ports import (
    Answerer,
    CheckedAnswerer,
    Embedder,
    ExportFiles,
    MediaArchive,
    MediaInput,
    MediaStore,
    Notifier,
    PaidAnswerer,
    SpanScorer,
    Tagger,
    Thumbnails,
    VisionProvider,
)
from app.process_singleton import process_singleton
from app.settings import get_settings

if TYPE_CHECKING:
    import redis

    from app.adapters.answerer.asking import Asking
    from app.adapters.telegram import TelegramAdapter


@process_singleton
def telegram() -> TelegramAdapter:
    """The Telegram connection of this process; only the process that owns the account may have one."""
    from app.adapters.telegram import connect_telegram

    return connect_telegram(get_settings())


def account() -> Account:
    """The Telegram account of the settings; an access hash is valid for one account only.

    A login that read channels before is known by their rows. Else a process that has the Telegram connection asks who
    is logged in. If neither knows, the login stands for its user, and the next poll finds out.
    """
    session = get_settings().telegram_session
    login = sha256(session.get_secret_value().encode()).hexdigest()[:16] if session else ""
    return Account(_user_of(login) or (telegram().user() if telegram.exists else None) or login, login)


def _user_of(login: str) -> str | None:
    with suppress(OperationalError, InterfaceError), transaction() as session:  # the step waits for the database
        return account_of(session, login)
    return None


def login() -> str:
    """A fingerprint of the login to Telegram, safe to store: each session of one account has its own."""
    session = get_settings().telegram_session
    return sha256(b"login" + session.get_secret_value().strip().encode()).hexdigest()[:16] if session else ""


@process_singleton
def store() -> MediaStore:
    """The media store."""
    from app.adapters.store import file_store

    return file_store(get_settings())


@process_singleton
def thumbnails() -> Thumbnails:
    """The thumbnails of the media store's files."""
    from app.adapters.thumbnails import thumbnails as tree

    return tree(get_settings())


@process_singleton
def export_files() -> ExportFiles:
    """The exports of the home."""
    from app.adapters.exports.files import export_tree

    return export_tree(get_settings(), store())


def archive() -> MediaArchive:
    """The inventory of the media store: all its files."""
    from app.adapters.store import inventory

    return inventory(get_settings())


@process_singleton
def vision() -> tuple[VisionProvider, ...]:
    """The chain of vision providers, the primary first; empty while vision is switched off."""
    return tuple(_vision(name) for name in get_settings().vision_chain())


@process_singleton
def vision_for_prices() -> tuple[VisionProvider, ...]:
    """The same chain by identities and prices, for processes that hold no secret of a provider."""
    from app.adapters.vision.remote.factory import vision_for_prices as priced

    settings = get_settings()
    return tuple(_vision(name) if name == "local" else priced(settings, name) for name in settings.vision_chain())


@process_singleton
def previews() -> VisionProvider | None:
    """The reader of previews and stories; None where the chain reads them, and while vision is off."""
    names = get_settings().vision_chain()
    if get_settings().vision_previews == "chain" or not names:
        return None
    return vision()[names.index("local")] if "local" in names else _vision("local")


def look(path: Path) -> tuple[MediaInput, LocalFacts]:
    """A picture file on this disk, and the facts that decoding shows. UserError if it is no picture."""
    from app.adapters.vision.on_disk import look as decoded

    return decoded(path, get_settings())


def _vision(name: str) -> VisionProvider:
    if name == "local":
        from app.adapters.vision.local import local_vision

        return local_vision(get_settings())
    from app.adapters.vision.remote.factory import remote_vision

    return remote_vision(get_settings(), name, server_lessons())


@process_singleton
def tagger() -> Tagger:
    """The configured tagger, with its vocabulary if one is set."""
    from app.adapters.tagger.vocabulary import load_vocabulary

    settings = get_settings()
    vocabulary = load_vocabulary(settings)
    if settings.tagger == "local" and settings.tagger_language:
        from app.adapters.tagger.fixed.language import local_tagger_in

        return local_tagger_in(settings.tagger_language, vocabulary)
    if settings.tagger == "local":
        from app.adapters.tagger import local_tagger

        return local_tagger(vocabulary)
    from app.adapters.tagger.llm.factory import llm_tagger

    return llm_tagger(settings, vocabulary, server_lessons())


@process_singleton
def tagger_for_prices() -> Tagger:
    """The configured tagger by its identity and prices, for processes that hold no secret of a provider."""
    if get_settings().tagger == "local":
        return tagger()
    from app.adapters.tagger.llm.factory import tagger_for_prices as priced
    from app.adapters.tagger.vocabulary import load_vocabulary

    return priced(get_settings(), load_vocabulary(get_settings()))


@process_singleton
def answerer() -> Answerer:
    """The configured answerer of questions."""
    settings = get_settings()
    if settings.answerer == "extractive":
        from app.adapters.answerer.extractive import Extractive

        return Extractive(scorer(), embedder())
    from app.adapters.answerer.llm.factory import llm_answerer

    return llm_answerer(settings, server_lessons())


@process_singleton
def checked_answerer() -> CheckedAnswerer:
    """The configured answerer, with the checks on each of its sentences."""
    from app.adapters.answerer.checked import Checked, CheckedModel

    plain = answerer()
    return CheckedModel(plain, embedder()) if isinstance(plain, PaidAnswerer) else Checked(plain, embedder())


def asking() -> Asking:
    """Identity and price of the configured answerer: for processes that hold no secret of a provider."""
    from app.adapters.answerer.asking import Asking, paid_asking

    settings = get_settings()
    return Asking(answerer().version) if settings.answerer == "extractive" else paid_asking(settings)


@process_singleton
def notifiers() -> Mapping[Medium, Notifier]:
    """The notifier of each medium; a feed has none, as its readers fetch it."""
    from app.adapters.notifier import notifiers as made

    return made(get_settings())


@process_singleton
def scorer() -> SpanScorer:
    """The scorer of the extractive mode."""
    from app.adapters.scorer import e5_scorer

    return e5_scorer()


@process_singleton
def embedder() -> Embedder | None:
    """The embedder; None if it is switched off."""
    if get_settings().embedder == "none":
        return None
    from app.adapters.embedder import usem3_embedder

    return usem3_embedder()


def load_for_children() -> None:
    """Loads the embedder's weights and the dictionaries of tags, so that the children that are forked afterwards share
    them: two seconds of a processor and 200 MB for each child otherwise."""
    if (model := embedder()) is not None:
        model.embed([""])
    if get_settings().tagger == "local":
        from app.adapters.tagger.morphology import analyse

        for word in ("слово", "word"):  # each language has a dictionary of its own
            analyse(word)
    gc.freeze()  # the collector would write to these pages, and so each child would get its own copy


@process_singleton
def hints() -> redis.Redis:
    """The Redis client, for hints only."""
    import redis

    return redis.Redis.from_url(get_settings().redis())


def interrupt() -> None:
    """Interrupts all calls to Telegram, models and the decoder, without charging attempts: this process must end."""
    from app.adapters.loop import interrupt_all
    from app.adapters.vision.remote.decoder import decoder

    interrupt_all()
    if decoder.exists:
        decoder().interrupt()
