"""A reading: what one recipe read from one media file. What a provider cannot know is null or empty, never invented."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from app.domain.kinds import Classification

SCHEMA_VERSION = 1


class Label(BaseModel):
    """A name for what is seen, with the provider's confidence."""

    model_config = ConfigDict(frozen=True)
    name: str
    score: float = Field(ge=0, le=1)


class Ocr(BaseModel):
    """Text inside a picture. confidence: mean word confidence, 0 to 1."""

    model_config = ConfigDict(frozen=True)
    text: str
    engine: str
    confidence: float | None = Field(default=None, ge=0, le=1)


class Reading(BaseModel):
    """The features of one media file."""

    model_config = ConfigDict(frozen=True)
    classification: Classification = Classification.OTHER
    description: str | None = None
    is_meme: bool = False
    labels: tuple[Label, ...] = ()
    objects: tuple[Label, ...] = ()
    ocr: Ocr | None = None
    nsfw: float | None = Field(default=None, ge=0, le=1)
    colours: tuple[str, ...] = ()  # dominant colours as #rrggbb, most frequent first
    language: str | None = None  # ISO 639-1, of the text in the picture
    phash: str | None = None  # 64-bit DCT perceptual hash, 16 hex digits


class Recipe(BaseModel):
    """What makes two readings comparable; a row of vision_versions gives it an id."""

    model_config = ConfigDict(frozen=True)
    provider: str
    model: str
    prompt_hash: str  # sha256 hex of the prompt text; of the settings text for a provider without prompts
    schema_version: int = SCHEMA_VERSION


class Inspection(BaseModel):
    """Facts about a file that decoding shows, kept on media_files."""

    model_config = ConfigDict(frozen=True)
    width: int | None = None
    height: int | None = None
    duration: float | None = None  # seconds
    pages: int | None = None
    damaged: str | None = None  # what is wrong with the bytes, None for a sound file


class LocalFacts(BaseModel):
    """What decoding a file shows without any model; kept with a raw answer so that it can be read again alone."""

    model_config = ConfigDict(frozen=True)
    inspection: Inspection = Inspection()
    colours: tuple[str, ...] = ()
    phash: str | None = None
    text: str | None = None  # that the file itself holds (a PDF with a text layer, a plain text)
    whole_text: bool = False  # whether every page that is read has such text


class RawAnswer(BaseModel):
    """One answer of a paid model as it came, to be stored before anybody interprets it. Plain JSON through
    model_dump(mode="json") and back; free of what PostgreSQL's JSONB refuses (NUL, lone surrogates)."""

    model_config = ConfigDict(frozen=True)
    about: str  # sha256 of what was asked about: of a media file, or of a tagger's whole input
    purpose: Literal["read", "repair"] = "read"
    model: str  # as the server calls it
    text: str  # what the model wrote
    finish: str | None = None  # stop, length, content_filter, blacklist, ...
    refusal: str | None = None  # the model's own words where the protocol has a field for them
    prompt_tokens: int = 0
    completion_tokens: int = 0
    tokens: int = 0  # in total, as billed
    seconds: float = 0.0  # from sending to the whole answer
    facts: LocalFacts = LocalFacts()
    given: str = ""  # what was quoted to the model, as JSON: a repair needs it again, and it shows what tags come from
    notes: tuple[str, ...] = ()  # what a person should know about the question, such as what did not fit into it
    body: dict[str, object] = Field(default_factory=dict)  # the server's whole answer


class Analysis(BaseModel):
    """What a provider returns for one file: its reading, the raw answers, tokens paid, and what decoding showed."""

    reading: Reading
    raw: dict[str, object] = Field(default_factory=dict)
    tokens: int = 0  # in total over all calls
    inspection: Inspection = Inspection()
    status: Literal["ok", "partial"] = "ok"  # partial: the answer was cut or broken, and this is what was valid
    calls: int = 0  # paid calls behind this reading, repairs included; 0 for a local one
    prompt_tokens: int = 0
    completion_tokens: int = 0
