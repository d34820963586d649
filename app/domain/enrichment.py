"""The schemas of enrichment metadata, one for each kind, so that writers and readers use the same names."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

from app.domain.kinds import Classification
from app.domain.reading import PagesRead, TextOf


class ItemVision(BaseModel):
    """The reading in use of one file of a publication."""

    sha256: str
    message_ids: list[int]
    vision_version: int
    classification: Classification
    is_meme: bool = False
    description: str | None = None
    labels: list[str] = []
    ocr_text: str = ""
    language: str | None = None
    nsfw: float | None = None
    phash: str | None = None
    texts: tuple[TextOf, ...] = ()  # those of ocr_text apart, and those that are not used; empty for a single one
    pages: PagesRead | None = None


Status = Literal["ok", "partial"]  # partial: valid parts of answers that were cut or broken, or of damaged files


class VisionMetadata(BaseModel):
    """Kind vision: the readings in use, merged. Written by merge_vision only."""

    vision_version: int
    features_hash: str
    revision: int
    items: list[ItemVision] = []
    status: Status = "ok"


class TagsMetadata(BaseModel):
    """Kind tags: the current tags and their inputs. Written by tag only."""

    tags: list[str]
    tags_hash: str
    tags_version: int | None  # the vision version that the tags were made from
    features_hash: str | None
    text_hash: str
    tagger_version: str
    vocabulary: str = ""  # hash of the controlled vocabulary; empty without one
    tagger_input_hash: str
    revision: int
    trigger: str
    status: Status = "ok"
