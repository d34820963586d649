"""Long documents in a real index: no content makes it refuse a row."""

from __future__ import annotations

import random

import pytest

from app.domain.documents import ItemContent, compose
from app.settings import Settings
from tests.integration.pipeline.database import one

INDEXED = """
SELECT length(to_tsvector('russian', :text) || to_tsvector('russian', :ocr) || to_tsvector('russian', :labels))
"""


@pytest.mark.parametrize(("length", "mark"), [(3, ""), (5, "."), (40, "-")])
def test_random_words_and_compounds_fit(settings: Settings, length: int, mark: str) -> None:
    choose = random.Random(length)
    words = ["".join(choose.choices("абвгдежзийклмнопрст", k=length)) for _ in range(500_000 // length)]
    noise = " ".join(f"{word[:2]}{mark}{word[2:]}" for word in words)
    made = compose(noise, [ItemContent(ocr=noise[100_000:], description=noise[:100_000])], [])
    assert one(INDEXED, text=made.text, ocr=made.ocr, labels=made.labels) > 0
