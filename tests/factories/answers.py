"""Raw answers of paid models."""

from __future__ import annotations

import json
from typing import Any

from app.adapters.tagger.llm.document import data, digest
from app.domain.reading import RawAnswer
from app.ports import TagInput
from tests.factories.posts import RU_POST, post


def raw_answer(text: str = "", **fields: Any) -> RawAnswer:
    """An answer with this text. fields: of RawAnswer."""
    return RawAnswer(**{"about": "0" * 64, "model": "m", "text": text, **fields})


def tag_answer(
    *tags: Any, document: TagInput | None = None, text: str | None = None, room: int = 4000, **fields: Any
) -> RawAnswer:
    """An answer with these tags, or this text, about a post. room: tokens for the quoted post; fields: of RawAnswer."""
    asked = post(RU_POST) if document is None else document
    written = json.dumps({"tags": list(tags)}) if text is None else text
    return raw_answer(written, about=digest(asked), given=data(asked, room).json, **fields)
