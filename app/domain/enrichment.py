"""One schema for the metadata of each kind of enrichment: who writes and who reads use the same names."""

from __future__ import annotations

from pydantic import BaseModel

from app.domain.kinds import Classification


class ItemVision(BaseModel):
    """What is known of one file of a publication."""

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


class VisionMetadata(BaseModel):
    """Kind vision: the readings in use, merged. Written by merge_vision only."""

    vision_version: int
    features_hash: str
    revision: int
    items: list[ItemVision] = []


class TagsMetadata(BaseModel):
    """Kind tags: the current tags and what they were made from. Written by tag only."""

    tags: list[str]
    tags_hash: str
    tags_version: int | None  # the vision version that the tags were made from
    features_hash: str | None
    text_hash: str
    tagger_version: str
    tagger_input_hash: str
    revision: int
    trigger: str
