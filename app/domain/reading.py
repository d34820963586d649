"""The reading of a media file by a recipe. Facts that a provider cannot know are null or empty, never invented."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from app.domain.kinds import Classification
from app.domain.text_layers import Layer, without_repeats

SCHEMA_VERSION = 1
OWN_TEXT = "text of the file"  # in place of an OCR engine's name, for text without recognition


class Label(BaseModel):
    """A name for a thing in the picture, with the provider's confidence."""

    model_config = ConfigDict(frozen=True)
    name: str
    score: float = Field(ge=0, le=1)


class Ocr(BaseModel):
    """Text inside a picture. confidence: mean word confidence, 0 to 1."""

    model_config = ConfigDict(frozen=True)
    text: str
    engine: str
    confidence: float | None = Field(default=None, ge=0, le=1)


@dataclass(frozen=True)
class TextOf:
    """A text of a file with its origin: recognised, or of the file itself."""

    text: str
    engine: str = OWN_TEXT  # or the recogniser, or the model
    used: bool = True  # by search and tags; False where it is not the text that the pages show
    why: str | None = None  # it is doubted


@dataclass(frozen=True)
class PagesRead:
    """How many pages of a document stand in its reading."""

    total: int
    recognised: int  # by OCR or a model, from their pictures
    own: int = 0  # whose own text is used

    def __str__(self) -> str:
        beside = f", {self.own} with text of their own" if self.own else ""
        return f"{self.recognised} of {self.total} pages recognised{beside}"


class Reading(BaseModel):
    """The features of one media file, as one recipe read them."""

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
    own: tuple[TextOf, ...] = ()  # beside `ocr`, which holds it where nothing was recognised
    pages: PagesRead | None = None  # of a document with pages

    @property
    def texts(self) -> tuple[TextOf, ...]:
        """All its texts apart, where there is more than one origin."""
        seen = (TextOf(text=self.ocr.text, engine=self.ocr.engine),) if self.ocr else ()
        return (*seen, *self.own) if self.own else ()

    @property
    def text(self) -> str:
        """All text that search and tags use, recognised or the file's own; what both have stands there once."""
        own = "\n\n".join(one.text for one in self.own if one.used)
        seen = self.ocr.text if self.ocr else ""
        if not own or not seen:
            return own or seen
        more = without_repeats(seen, own)
        parts = (more, own) if len(more) > len(own) else (own, more)
        return "\n\n".join(filter(None, parts))


class Recipe(BaseModel):
    """The recipe of a reading; readings of the same recipe are comparable. A row of vision_versions gives it an id."""

    model_config = ConfigDict(frozen=True)
    provider: str
    model: str
    prompt_hash: str  # sha256 hex of the prompt text; of the settings text for a provider without prompts
    schema_version: int = SCHEMA_VERSION


class Inspection(BaseModel):
    """Facts about a file from decoding, stored in media_files."""

    model_config = ConfigDict(frozen=True)
    width: int | None = None
    height: int | None = None
    duration: float | None = None  # seconds
    pages: int | None = None
    damaged: str | None = None  # the fault of the bytes, None for a sound file
    flat: bool | None = None  # whether its first picture has one even shade; None if it has no picture


class LocalFacts(BaseModel):
    """Facts from decoding a file without any model; stored with a raw answer, which can then be parsed again alone."""

    model_config = ConfigDict(frozen=True)
    inspection: Inspection = Inspection()
    colours: tuple[str, ...] = ()
    phash: str | None = None
    text: str | None = None  # in the file itself (a PDF with a text layer, a plain text)
    whole_text: bool = False  # whether that is all the text there is
    left_out: str | None = None  # the part of a long picture that was not sent, in words
    layers: tuple[Layer, ...] = ()  # of a PDF's pages; answers of older releases have `text` in their place
    shown: int = 0  # pages whose pictures are sent


class RawAnswer(BaseModel):
    """One answer of a paid model in its original form, stored before any step interprets it.

    Converts to plain JSON by model_dump(mode="json") and back, free of characters that PostgreSQL's JSONB refuses (NUL,
    lone surrogates).
    """

    model_config = ConfigDict(frozen=True)
    about: str  # sha256 of the subject: of a media file, or of a tagger's whole input
    purpose: Literal["read", "repair"] = "read"
    model: str  # as the server names it
    text: str  # the model's text
    finish: str | None = None  # stop, length, content_filter, blacklist, ...
    refusal: str | None = None  # the model's own words, if the protocol has a field for them
    prompt_tokens: int = 0
    completion_tokens: int = 0
    tokens: int = 0  # in total, as billed
    seconds: float = 0.0  # from sending to the whole answer
    facts: LocalFacts = LocalFacts()
    given: str = ""  # the input of the question as JSON: a repair needs it again, and it shows the source of the tags
    notes: tuple[str, ...] = ()  # remarks on the question for the user, such as parts that did not fit into it
    body: dict[str, object] = Field(default_factory=dict)  # the server's whole answer


class Analysis(BaseModel):
    """The result of a provider for one file: its reading, raw answers, tokens paid, and facts from decoding."""

    reading: Reading
    raw: dict[str, object] = Field(default_factory=dict)
    tokens: int = 0  # in total over all calls
    inspection: Inspection = Inspection()
    status: Literal["ok", "partial"] = "ok"  # partial: the valid parts of an answer that was cut or broken
    calls: int = 0  # paid calls behind this reading, repairs included; 0 for a local one
    prompt_tokens: int = 0
    completion_tokens: int = 0
