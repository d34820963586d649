"""The checks of `media-audit doctor`: each returns its finding, or raises the problem with its remedy."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import redis
from kombu.connection import Connection
from PIL import Image, ImageDraw
from sqlalchemy import text
from telethon.sessions import StringSession

from app import db, wiring
from app.adapters.tagger.vocabulary import load_vocabulary
from app.adapters.telegram.credentials import credentials
from app.adapters.telegram.proxy import reach
from app.db import engine, transaction
from app.doctor import answering, providers, schema
from app.doctor.check import Check, CheckFailed, CheckResult, ChecksFailed
from app.domain import remedies
from app.errors import UserError
from app.migrations.run import schema_state
from app.models import Base
from app.models.search import has_embeddings
from app.models.search_words import has_trigrams
from app.ports import MediaInput, PaidModel, TagInput, VisionProvider
from app.settings import Settings
from app.status.overview import processes

PROXY_SECONDS = 10.0  # for a connection through the proxy of Telegram
ROOM = 2 * 1000**3  # bytes: the largest video that Telegram allows
SKEW = 5.0  # seconds between our clock and the database's
WORD = "MEDIA"
OLDEST = 150_000  # server_version_num of PostgreSQL 15


def examine(settings: Settings) -> list[CheckResult]:
    """Runs all checks, each after those that it depends on; a failed check stops no other."""
    looks = (*EXAMINATIONS, *providers.examinations(settings))
    return [finding for name, look in looks for finding in _findings(name, look, settings)]


def _findings(name: str, look: Check, settings: Settings) -> list[CheckResult]:
    try:
        return [CheckResult(name, True, look(settings))]
    except CheckFailed as ill:
        return [_ill(name, ill)]
    except ChecksFailed as several:
        return [_ill(name, ill) for ill in several.args]
    except UserError as error:
        what, _, remedy = str(error).partition(": ")
        return [CheckResult(name, False, what, remedy)]
    except (
        Exception
    ) as error:  # a model that does not load raises its library's own error; the next check runs all the same
        what = (str(error).strip().splitlines() or [""])[0]
        return [CheckResult(name, False, f"{type(error).__name__}: {what}", _remedy(name))]


def _ill(name: str, ill: CheckFailed) -> CheckResult:
    return CheckResult(name, False, str(ill.args[0]), str(ill.args[1]))


def _remedy(name: str) -> str:
    """The remedy for a check that ended in an unexpected error."""
    known = {
        "database": "is DATABASE_URL right, and is the server up?",
        "redis": "is REDIS_URL right, and is the server up?",
        "broker": remedies.BROKER,
        "vision": "run `make setup`: a model or its library is missing or damaged",
        "tagger": "run `make setup`: a dictionary or its library is missing or damaged",
        "embedder": "run `make setup`: the model or its library is missing or damaged",
        "answerer": "run `make setup`: a dictionary or its library is missing or damaged",
    }
    return known.get(name, "mend what is marked above first")


def _home(settings: Settings) -> str:
    home = settings.home
    if not os.access(home, os.W_OK):
        raise CheckFailed(f"{home} cannot be written to", "set MEDIA_AUDIT_HOME to a directory of your own")
    return str(home)


def _room(settings: Settings) -> str:
    """Checks the disks of the media store and of the home: the embedded database stops at a full disk."""
    media = Path(wiring.store().temporary()).parent
    home = settings.home
    told = []
    for what, place in dict.fromkeys([("media", media), ("home", home)]):
        free = shutil.disk_usage(place).free
        if free < ROOM:
            helps = "make room, or set MEDIA_URL to a larger disk" if what == "media" else "make room"
            raise CheckFailed(f"{free / 1000**3:.1f} GB free at {place}", helps)
        told.append(f"{free / 1000**3:.0f} GB free at {place}")
    return ", ".join(dict.fromkeys(told))


def _database(settings: Settings) -> str:
    with engine().connect() as connection:
        number = int(connection.scalar(text("SHOW server_version_num")) or 0)
        version = connection.scalar(text("SHOW server_version"))
    if number < OLDEST:
        raise CheckFailed(f"PostgreSQL {version}", "use PostgreSQL 15 or later")
    return f"PostgreSQL {version}, {'embedded' if Settings().database_url is None else 'from DATABASE_URL'}"


def _durable(settings: Settings) -> str:
    with engine().connect() as connection:
        off = [name for name in ("fsync", "synchronous_commit") if connection.scalar(text(f"SHOW {name}")) == "off"]
    if off:
        raise CheckFailed(
            f"{' and '.join(off)} off: after a crash commits may be gone, and paid questions asked again",
            f"set {' and '.join(f'{name} = on' for name in off)} in postgresql.conf",
        )
    return "what is committed survives a crash"


def _redis(settings: Settings) -> str:
    with redis.Redis.from_url(settings.redis(), socket_connect_timeout=5, socket_timeout=5) as client:
        version = client.info("server").get("redis_version", "?")
    return f"version {version}, {'embedded' if Settings().redis_url is None else 'from REDIS_URL'}"


def _broker(settings: Settings) -> str:
    if settings.broker() == settings.redis():
        return "the same server (BROKER_URL is not set)"
    with Connection(settings.broker(), connect_timeout=5) as connection:
        try:
            connection.ensure_connection(max_retries=1, timeout=5)
        except Exception as error:  # each transport raises its own errors
            raise CheckFailed(f"does not answer ({type(error).__name__})", _remedy("broker")) from None
        return f"{connection.transport.driver_name}, from BROKER_URL"


def _schema(settings: Settings) -> str:
    current, head = schema_state(engine())
    if current != head:
        raise CheckFailed(f"the schema is at {current or 'nothing'}, newest is {head}", "media-audit db upgrade")
    with engine().connect() as connection:
        if found := schema.missing(connection):
            raise ChecksFailed(*found)
    return f"at {head}: {len(Base.metadata.tables)} tables with all their columns, constraints and indexes"


def _vector(settings: Settings) -> str:
    current, head = schema_state(engine())
    if current != head:
        raise CheckFailed("not known before the schema is made", "media-audit db upgrade")
    with engine().connect() as connection:
        found = has_embeddings(connection)
    if not found:
        raise CheckFailed("search is by words only", "install pgvector on the server, then: media-audit db upgrade")
    return "search by words and by meaning"


def _words(settings: Settings) -> str:
    current, head = schema_state(engine())
    if current != head:
        raise CheckFailed("not known before the schema is made", "media-audit db upgrade")
    with engine().connect() as connection:
        found = has_trigrams(connection)
    if not found:
        remedy = "install pg_trgm (package postgresql-contrib) on the server, then: media-audit db upgrade"
        raise CheckFailed("of a word of a query only one wrong letter is corrected", remedy)
    return "words of a query are corrected"


def _indexes(settings: Settings) -> str:
    with engine().connect() as connection:
        if found := schema.invalid(connection):
            raise ChecksFailed(*found)
    return "all valid"


def _processes(settings: Settings) -> str:
    """Checks heartbeats: a worker that hangs takes messages and finishes none."""
    current, head = schema_state(engine())
    if current != head:
        raise CheckFailed("not known before the schema is made", "media-audit db upgrade")
    with transaction() as session:
        found = processes(session, db.now(session))
    ills = [
        CheckFailed(f"{one.name} (process {one.pid}) {one.trouble}", remedies.RESTART) for one in found if one.trouble
    ]
    if ills:
        raise ChecksFailed(*ills)
    living = sum(one.alive for one in found)
    return f"{living} at work" if living else "none at work: media-audit up starts them"


def _vision(settings: Settings) -> str:
    chain = wiring.vision()
    for provider in chain:
        if provider.recipe.provider == "local":
            _read_a_picture(provider)
    told = ", then ".join(_told(provider, settings) for provider in chain)
    return told or "switched off (VISION_PROVIDER=none)"


def _told(provider: VisionProvider, settings: Settings) -> str:
    languages = f", OCR in {settings.ocr_languages}" if provider.recipe.provider == "local" else ""
    return f"{provider.recipe.provider}: {provider.recipe.model}{languages}"


def _read_a_picture(provider: VisionProvider) -> None:
    """Reads a picture of one word, which loads Tesseract, its languages and the networks. CheckFailed on failure."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "word.png"
        picture = Image.new("RGB", (640, 200), "white")
        ImageDraw.Draw(picture).text((60, 60), WORD, fill="black", font_size=80)
        picture.save(path)
        given = MediaInput(path, hashlib.sha256(path.read_bytes()).hexdigest(), "image/png")
        read = provider.read(given).reading.ocr
    if read is None or WORD not in read.text.upper():
        raise CheckFailed(
            "does not read a word in plain print",
            "run `make setup`, or set OCR_DATA to Tesseract's data files of OCR_LANGUAGES",
        )


def _tagger(settings: Settings) -> str:
    tagger = wiring.tagger()
    if not isinstance(tagger, PaidModel):
        tagger.tag(TagInput("Вечерний город, evening town", ()))  # loads the dictionaries
        return tagger.version
    waits = settings.tag_wait if settings.vision_provider != "none" else 0.0
    first = f"waits up to {waits:.0f} s for a post's pictures" if waits else "does not wait for pictures"
    return f"{tagger.version}, {first} (TAG_WAIT)"


def _vocabulary(settings: Settings) -> str:
    found = load_vocabulary(settings)
    if found is None:
        return "none (TAG_VOCABULARY)"
    others = f" and {len(found.synonyms):,} synonyms" if found.synonyms else ""
    means = "no other tags" if found.mode == "only" else "before any others"
    return f"{len(found.names):,} tags{others}, {means} ({settings.tag_vocabulary})"


def _embedder(settings: Settings) -> str:
    embedder = wiring.embedder()
    if embedder is None:
        return "switched off (EMBEDDER=none)"
    began = time.monotonic()
    embedder.embed(["вечерний город, evening town"])
    return f"{embedder.name}, {embedder.dimensions} dimensions, answers after {time.monotonic() - began:.1f} s"


def _telegram(settings: Settings) -> str:
    if settings.telegram_session is None:
        raise CheckFailed("TELEGRAM_SESSION is not set", "run `media-audit login` (not needed for `media-audit demo`)")
    session = StringSession(credentials(settings).session)
    if proxy := settings.proxy():
        try:
            reach(proxy, session.server_address, session.port, PROXY_SECONDS)
        except OSError as error:
            raise CheckFailed(f"{proxy.name} does not lead to Telegram: {error}", "mend TELEGRAM_PROXY") from None
        return f"the session is well formed; {proxy.name} answers; whether Telegram accepts it shows the first poll"
    return "the session is well formed; whether Telegram accepts it shows the first poll"


def _clock(settings: Settings) -> str:
    with engine().connect() as connection:
        theirs = db.now(connection)
    skew = abs((datetime.now(UTC) - theirs).total_seconds())
    if skew > SKEW:
        raise CheckFailed(f"{skew:.0f} s apart from the database's", "let both machines keep time with NTP")
    return f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC, like the database's"


EXAMINATIONS: tuple[tuple[str, Check], ...] = (
    ("home", _home),
    ("room", _room),
    ("database", _database),
    ("durable", _durable),
    ("redis", _redis),
    ("broker", _broker),
    ("schema", _schema),
    ("vector", _vector),
    ("words", _words),
    ("indexes", _indexes),
    ("processes", _processes),
    ("clock", _clock),
    ("vision", _vision),
    ("tagger", _tagger),
    ("vocabulary", _vocabulary),
    ("embedder", _embedder),
    ("answerer", answering.answerer),
    ("telegram", _telegram),
)
