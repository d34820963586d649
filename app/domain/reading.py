"""A reading: what one recipe read from one media file. What a provider cannot know is null or empty, never invented."""

from __future__ import annotations

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


class Analysis(BaseModel):
    """What a provider returns for one file: its reading, the raw answer, tokens paid, and what decoding showed."""

    reading: Reading
    raw: dict[str, object] = Field(default_factory=dict)
    tokens: int = 0
    inspection: Inspection = Inspection()
